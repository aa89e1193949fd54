package io.millrace.workflows.alert;

import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.alert.AlertActivities;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.alert.AlertActivities.Notice;
import io.millrace.workflows.port.alert.AlertActivities.ToldRequest;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;

/**
 * Delivers notices and remembers which were: one that could not be delivered is tried again by the
 * next check, with the same id, so that nothing is lost and nothing is news twice.
 */
public final class AlertHerald {
  private static final Logger LOG = Workflow.getLogger(AlertHerald.class);

  private final NotifyActivities notify =
      Workflow.newActivityStub(NotifyActivities.class, ActivityProfiles.NOTIFY);
  private final AlertActivities alerts =
      Workflow.newActivityStub(AlertActivities.class, ActivityProfiles.QUICK_API);

  /**
   * Tells what is to be told.
   *
   * @param receivers who hears of it; empty for those that the notice names
   * @param facts told with each
   */
  public void tell(Judged judged, List<WatchSpec.NotifySpec> receivers, Map<String, String> facts) {
    Map<String, List<String>> told = new TreeMap<>();
    for (Notice notice : judged.notices()) {
      List<WatchSpec.NotifySpec> to = receivers.isEmpty() ? notice.receivers() : receivers;
      if (to.isEmpty() || deliver(notice, to, facts)) {
        told.computeIfAbsent(notice.model(), model -> new ArrayList<>()).add(notice.key());
      }
    }
    told.forEach(
        (model, keys) -> {
          try {
            alerts.told(new ToldRequest(model, keys));
          } catch (TemporalFailure failure) {
            passOnCancel(failure);
            LOG.warn("{}: told again by the next check: {}", keys, Failures.sentence(failure));
          }
        });
  }

  private boolean deliver(
      Notice notice, List<WatchSpec.NotifySpec> receivers, Map<String, String> more) {
    Map<String, String> facts = new TreeMap<>(more);
    facts.put("alert", notice.alert());
    facts.put("rule", notice.rule());
    facts.put("state", notice.recovered() ? "recovered" : "opened");
    facts.put("since", notice.since().toString());
    if (!notice.subject().isEmpty()) {
      facts.put("subject", notice.subject());
    }
    String what = notice.rule() + (notice.subject().isEmpty() ? "" : " of " + notice.subject());
    try {
      notify.send(
          new Notification(
              notice.model() + "-" + notice.key(),
              notice.model(),
              "io.millrace." + notice.rule() + (notice.recovered() ? ".recovered" : ""),
              notice.severity(),
              notice.model() + ": " + what + (notice.recovered() ? " is over" : ""),
              notice.sentence(),
              facts,
              receivers));
      return true;
    } catch (TemporalFailure failure) {
      passOnCancel(failure);
      LOG.warn("{} not delivered: {}", notice.key(), Failures.sentence(failure));
      return false;
    }
  }

  private static void passOnCancel(TemporalFailure failure) {
    if (CancellationScope.current().isCancelRequested()) {
      throw failure;
    }
  }
}
