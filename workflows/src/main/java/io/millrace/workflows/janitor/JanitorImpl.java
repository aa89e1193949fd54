package io.millrace.workflows.janitor;

import io.millrace.workflows.alert.AlertHerald;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.alert.AlertActivities;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.alert.AlertActivities.SchedulesRequest;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.Orphan;
import io.millrace.workflows.port.compute.ComputeActivities.SweepRequest;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.port.schedule.ScheduleActivities.DriftSchedule;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.LapseKind;
import io.millrace.workflows.port.schedule.ScheduleActivities.Review;
import io.millrace.workflows.port.schedule.ScheduleActivities.ReviewRequest;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.port.spec.SpecActivities.KeptSpec;
import io.millrace.workflows.spec.Spec;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Looks, says, does; what fails in one corner does not keep it from the next. */
public final class JanitorImpl implements Janitor {
  private static final Logger LOG = Workflow.getLogger(JanitorImpl.class);

  /** To be removed when no history is older than it. */
  private static final String ALERTS = "schedule-alerts";

  private final ComputeActivities compute =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.SWEEP);
  private final ScheduleActivities schedules =
      Workflow.newActivityStub(ScheduleActivities.class, ActivityProfiles.SWEEP);
  private final SpecActivities specs =
      Workflow.newActivityStub(SpecActivities.class, ActivityProfiles.QUICK_API);
  private final AlertActivities alerts =
      Workflow.newActivityStub(AlertActivities.class, ActivityProfiles.SWEEP);
  private final AlertHerald herald = new AlertHerald();
  private final NotifyActivities notify =
      Workflow.newActivityStub(NotifyActivities.class, ActivityProfiles.NOTIFY);

  private final List<String> failures = new ArrayList<>();

  @Override
  public JanitorReport run(@Nullable JanitorRequest given) {
    JanitorRequest request = given != null ? given : new JanitorRequest(List.of(), true, List.of());
    List<Orphan> orphans = sweep(request.kinds(), true);
    boolean ended = false;
    if (!request.dry() && !orphans.isEmpty()) {
      LOG.info("ending {} orphan nodes", orphans.size());
      List<Orphan> swept = sweep(request.kinds(), false);
      ended = failures.isEmpty();
      // what became an orphan in between was ended with the others
      orphans = ended ? swept : orphans;
    }
    Review review = review();
    List<Lapse> lapses = review.lapses();
    alert(request, review);
    List<String> mended = request.dry() ? List.of() : mend(lapses);
    JanitorReport report =
        new JanitorReport(
            WorkflowTime.now(),
            request.dry(),
            orphans,
            ended,
            lapses,
            mended,
            failures,
            sentence(request, orphans, ended, lapses, mended));
    publish(report);
    tell(request, report);
    return report;
  }

  private List<Orphan> sweep(List<String> kinds, boolean dry) {
    try {
      return compute.sweep(new SweepRequest(kinds, dry)).orphans();
    } catch (TemporalFailure e) {
      failed("nodes", e);
      return List.of();
    }
  }

  private Review review() {
    try {
      return schedules.review(new ReviewRequest(List.of()));
    } catch (TemporalFailure e) {
      failed("schedules", e);
      return new Review(false, 0, List.of());
    }
  }

  /** Checks that do not happen cannot say so themselves. */
  private void alert(JanitorRequest request, Review review) {
    if (request.dry()
        || !review.possible()
        || Workflow.getVersion(ALERTS, Workflow.DEFAULT_VERSION, 1) < 1) {
      return;
    }
    Instant at = WorkflowTime.now();
    try {
      Judged judged =
          alerts.judgeSchedules(new SchedulesRequest(at, Workflow.getInfo().getRunId(), review));
      herald.tell(judged, List.of(), Map.of());
    } catch (TemporalFailure e) {
      failed("alerts of schedules", e);
    }
  }

  /** A schedule that a person paused stays paused, and one that is late is Temporal's to mend. */
  private List<String> mend(List<Lapse> lapses) {
    List<String> mended = new ArrayList<>();
    for (Lapse lapse : lapses) {
      String run = lapse.run();
      if (lapse.kind() != LapseKind.ABSENT || run == null) {
        continue;
      }
      try {
        Spec spec = specs.kept(new KeptSpec(run)).spec();
        schedules.ensureDrift(
            new DriftSchedule(spec.model(), spec.watch().schedule(), spec.watch().receivers()));
        mended.add(lapse.model());
      } catch (TemporalFailure e) {
        failed("schedule of " + lapse.model(), e);
      }
    }
    return mended;
  }

  private void failed(String what, TemporalFailure failure) {
    if (CancellationScope.current().isCancelRequested()) {
      throw failure;
    }
    failures.add(what + ": " + Failures.sentence(failure));
  }

  private String sentence(
      JanitorRequest request,
      List<Orphan> orphans,
      boolean ended,
      List<Lapse> lapses,
      List<String> mended) {
    List<String> parts = new ArrayList<>();
    if (!orphans.isEmpty()) {
      parts.add(orphans.size() + " orphan nodes " + (ended ? "ended" : "found"));
    }
    if (!lapses.isEmpty()) {
      parts.add(
          lapses.size()
              + " drift schedules not as they should be"
              + (mended.isEmpty() ? "" : ", " + mended.size() + " brought back"));
    }
    if (!failures.isEmpty()) {
      parts.add(failures.size() + " things could not be looked at or done");
    }
    if (parts.isEmpty()) {
      return "nothing to do";
    }
    return String.join("; ", parts) + (request.dry() ? " (looked only)" : "");
  }

  private void publish(JanitorReport report) {
    StringBuilder text = new StringBuilder("**").append(report.sentence()).append("**\n");
    for (Orphan orphan : report.orphans()) {
      text.append("\n- node `").append(orphan.node().key()).append("`: ").append(orphan.reason());
    }
    for (Lapse lapse : report.lapses()) {
      text.append("\n- ").append(lapse.model()).append(": ").append(lapse.sentence());
    }
    report.failures().forEach(failure -> text.append("\n- failed: ").append(failure));
    Workflow.setCurrentDetails(text.toString());
    Workflow.upsertTypedSearchAttributes(SearchAttributes.OUTCOME.valueSet(outcome(report)));
  }

  /** {@code INCOMPLETE} above all, then {@code MENDED}, {@code FOUND}, {@code CLEAN}. */
  private static String outcome(JanitorReport report) {
    if (!report.failures().isEmpty()) {
      return "INCOMPLETE";
    }
    if (report.ended() || !report.mended().isEmpty()) {
      return "MENDED";
    }
    return report.orphans().isEmpty() && report.lapses().isEmpty() ? "CLEAN" : "FOUND";
  }

  private void tell(JanitorRequest request, JanitorReport report) {
    if (request.receivers().isEmpty() || outcome(report).equals("CLEAN")) {
      return;
    }
    List<String> lines = new ArrayList<>();
    report.orphans().forEach(orphan -> lines.add(orphan.node().key() + ": " + orphan.reason()));
    report.lapses().forEach(lapse -> lines.add(lapse.model() + ": " + lapse.sentence()));
    lines.addAll(report.failures());
    try {
      notify.send(
          new Notification(
              "janitor-" + report.at(),
              "janitor",
              "io.millrace.janitor",
              "warning",
              report.sentence(),
              String.join("; ", lines),
              Map.of("outcome", outcome(report)),
              request.receivers()));
    } catch (TemporalFailure e) {
      if (CancellationScope.current().isCancelRequested()) {
        throw e;
      }
      LOG.warn("not delivered: {}", Failures.sentence(e));
    }
  }
}
