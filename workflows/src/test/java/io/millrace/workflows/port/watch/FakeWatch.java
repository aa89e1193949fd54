package io.millrace.workflows.port.watch;

import io.millrace.workflows.port.Script;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers the report it was given. */
public final class FakeWatch extends Script implements WatchActivities {
  private volatile State state = State.STABLE;
  private volatile @Nullable Instant silent;
  private volatile List<WindowReport> windows = List.of();

  /** No prediction since then. */
  public void silent(Instant since) {
    silent = since;
  }

  public void answer(State now, List<WindowReport> seen) {
    state = now;
    windows = seen;
  }

  @Override
  public DriftReport check(DriftRequest request) {
    called("check", request);
    return new DriftReport(
        request.model(),
        null,
        state,
        request.at(),
        windows,
        "predictions/" + request.model() + "/drift/" + request.key() + ".html",
        silent);
  }
}
