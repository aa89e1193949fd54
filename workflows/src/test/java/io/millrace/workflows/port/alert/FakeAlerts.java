package io.millrace.workflows.port.alert;

import io.millrace.workflows.port.Script;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers the notices it was given until they are told. */
public final class FakeAlerts extends Script implements AlertActivities {
  private final List<Notice> notices = new ArrayList<>();
  private volatile @Nullable Instant made;

  /** An alert of the model that opened, or recovered. */
  public synchronized void notice(String model, String rule, boolean recovered) {
    String alert = rule + "-1";
    notices.add(
        new Notice(
            alert + (recovered ? "-recovered" : "-opened"),
            alert,
            model,
            rule,
            "",
            recovered ? "info" : "warning",
            recovered,
            Instant.parse("2026-03-01T12:00:00Z"),
            rule + " was seen",
            List.of()));
  }

  /** When the champion was made. */
  public void made(Instant when) {
    made = when;
  }

  @Override
  public synchronized Judged judge(JudgeRequest request) {
    called("judge", request);
    return new Judged(List.copyOf(notices), notices.size(), made, 7L, "alerts");
  }

  @Override
  public synchronized Judged judgeSchedules(SchedulesRequest request) {
    called("judgeSchedules", request);
    return new Judged(List.copyOf(notices), notices.size(), null, null, "alerts");
  }

  @Override
  public synchronized void told(ToldRequest request) {
    called("told", request);
    notices.removeIf(
        notice -> notice.model().equals(request.model()) && request.keys().contains(notice.key()));
  }
}
