package io.millrace.workflows.drift;

import io.millrace.workflows.alert.AlertHerald;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.alert.AlertActivities;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.watch.WatchActivities;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.temporal.common.SearchAttributeKey;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Checks, tells people when there is something to tell, and always tells the steward. */
public final class DriftCheckImpl implements DriftCheck {
  private static final Logger LOG = Workflow.getLogger(DriftCheckImpl.class);

  /** When the schedule meant it to start: set by the server, jitter and catch-up left out. */
  private static final SearchAttributeKey<OffsetDateTime> NOMINAL =
      SearchAttributeKey.forOffsetDateTime("TemporalScheduledStartTime");

  private final WatchActivities watch =
      Workflow.newActivityStub(WatchActivities.class, ActivityProfiles.BULK);
  private final NotifyActivities notify =
      Workflow.newActivityStub(NotifyActivities.class, ActivityProfiles.NOTIFY);
  private final AlertActivities alerts =
      Workflow.newActivityStub(AlertActivities.class, ActivityProfiles.SWEEP);
  private final AlertHerald herald = new AlertHerald();
  private final StewardActivities steward =
      Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.QUICK_API);

  @Override
  public DriftReport run(DriftCheckRequest request) {
    Workflow.upsertTypedSearchAttributes(SearchAttributes.MODEL.valueSet(request.model()));
    Instant at = nominal(request);
    String key = at.toString();
    DriftReport report;
    try {
      report = watch.check(new DriftRequest(request.model(), at, key));
    } catch (TemporalFailure failure) {
      String sentence = "the check failed: " + Failures.sentence(failure);
      boolean judges = !CancellationScope.current().isCancelRequested() && judges();
      Judged judged = judges ? judge(request, at, key, sentence) : null;
      // a suspended run is resumed by this schedule whether or not there was anything to see
      steward.drift(
          new DriftSummary(request.model(), "FAILED", false, false, List.of(), at, sentence));
      herald(request, judged, Map.of());
      throw failure;
    }
    DriftSummary summary = summary(report);
    Workflow.setCurrentDetails("**" + summary.state() + "** " + summary.sentence());
    Workflow.upsertTypedSearchAttributes(SearchAttributes.OUTCOME.valueSet(summary.state()));
    if (judges()) {
      Judged judged = judge(request, at, key, null);
      // before people: a receiver that is down holds no retraining up
      steward.drift(judged == null ? summary : with(summary, judged));
      herald(request, judged, facts(report, summary));
    } else {
      if (summary.drifted() || summary.qualityBroken() || report.silentSince() != null) {
        alert(request, report, summary, key);
      }
      steward.drift(summary);
    }
    return report;
  }

  /** To be removed, with {@link #alert}, when no history is older than it. */
  private static boolean judges() {
    return Workflow.getVersion("alerts", Workflow.DEFAULT_VERSION, 1) >= 1;
  }

  /** Null when it could not be judged: the next check does, and the steward hears in any case. */
  private @Nullable Judged judge(
      DriftCheckRequest request, Instant at, String key, @Nullable String failure) {
    try {
      return alerts.judge(new JudgeRequest(request.model(), at, key, failure));
    } catch (TemporalFailure unjudged) {
      if (CancellationScope.current().isCancelRequested()) {
        throw unjudged;
      }
      LOG.warn("alerts not judged: {}", Failures.sentence(unjudged));
      return null;
    }
  }

  private void herald(
      DriftCheckRequest request, @Nullable Judged judged, Map<String, String> facts) {
    if (judged != null) {
      herald.tell(judged, request.receivers(), facts);
    }
  }

  private static DriftSummary with(DriftSummary summary, Judged judged) {
    return new DriftSummary(
        summary.model(),
        summary.state(),
        summary.drifted(),
        summary.qualityBroken(),
        summary.columns(),
        summary.at(),
        summary.sentence(),
        judged.made(),
        judged.rows());
  }

  private static Instant nominal(DriftCheckRequest request) {
    if (request.at() != null) {
      return request.at();
    }
    OffsetDateTime scheduled = Workflow.getTypedSearchAttributes().get(NOMINAL);
    return scheduled == null ? WorkflowTime.now() : scheduled.toInstant();
  }

  private static DriftSummary summary(DriftReport report) {
    List<String> columns =
        report.windows().stream()
            .flatMap(window -> window.drifted().stream())
            .distinct()
            .sorted()
            .toList();
    String sentence =
        report.windows().isEmpty()
            ? "nothing new to look at"
            : report.windows().stream()
                .map(WindowReport::sentence)
                .collect(Collectors.joining("; "));
    return new DriftSummary(
        report.model(),
        report.state().name(),
        report.state() == State.DRIFTED,
        report.windows().stream().anyMatch(WindowReport::qualityBroken),
        columns,
        report.at(),
        sentence);
  }

  private void alert(
      DriftCheckRequest request, DriftReport report, DriftSummary summary, String key) {
    if (request.receivers().isEmpty()) {
      return;
    }
    String type = summary.qualityBroken() ? "quality" : summary.drifted() ? "drift" : "no-data";
    try {
      notify.send(
          new Notification(
              request.model() + "-" + type + "-" + key,
              request.model(),
              "io.millrace." + type,
              "warning",
              request.model() + ": " + type,
              summary.sentence(),
              facts(report, summary),
              request.receivers()));
    } catch (TemporalFailure failure) {
      if (CancellationScope.current().isCancelRequested()) {
        throw failure;
      }
      LOG.warn("{} not delivered: {}", type, Failures.sentence(failure));
    }
  }

  private static Map<String, String> facts(DriftReport report, DriftSummary summary) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("columns", String.join(", ", summary.columns()));
    if (report.version() != null) {
      facts.put("version", report.version().toString());
    }
    if (report.reportKey() != null) {
      facts.put("report", report.reportKey());
    }
    return facts;
  }
}
