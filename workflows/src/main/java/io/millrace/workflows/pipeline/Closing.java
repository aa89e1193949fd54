package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.report.ReportActivities;
import io.millrace.workflows.port.report.ReportActivities.Report;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.report.ReportActivities.TrialKey;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.steward.StewardActivities.FinishedNotice;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Ends a run, however it ended: report, notification, steward, in this order. */
final class Closing {
  private static final Logger LOG = Workflow.getLogger(Closing.class);
  private final ReportActivities reports =
      Workflow.newActivityStub(ReportActivities.class, ActivityProfiles.QUICK_API);
  private final StewardActivities steward =
      Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.QUICK_API);
  private final RunBoard board;
  private final Steps steps;
  private final Herald herald;
  private final Findings found;
  private final Trigger trigger;

  Closing(RunBoard board, Steps steps, Herald herald, Findings found, Trigger trigger) {
    this.board = board;
    this.steps = steps;
    this.herald = herald;
    this.found = found;
    this.trigger = trigger;
  }

  /** The end of a run that went its way; the report may suspend it. */
  PipelineOutcome ended(Result result, String sentence) {
    ReportRequest request = reportRequest(result, sentence);
    Report report = null;
    if (request != null) {
      try {
        report = steps.may("report", () -> reports.write(request), Report::location).orElse(null);
      } catch (RunFailed giveUp) {
        // what was decided and deployed stays so, with or without its report
        LOG.warn("no report: {}", giveUp.sentence());
      }
    }
    return tell(result, sentence, null, report);
  }

  /** The end of a run that failed: nothing in it may stop the rest of it. */
  PipelineOutcome failed(@Nullable FailureType type, String sentence) {
    ReportRequest request = reportRequest(Result.FAILED, sentence);
    Report report = null;
    if (request != null) {
      try {
        report = reports.write(request);
      } catch (TemporalFailure failure) {
        LOG.warn("no report: {}", Failures.sentence(failure));
      }
    }
    return tell(Result.FAILED, sentence, type, report);
  }

  private PipelineOutcome tell(
      Result result, String sentence, @Nullable FailureType type, @Nullable Report report) {
    PipelineOutcome outcome =
        new PipelineOutcome(
            board.runId(),
            result,
            sentence,
            found.version,
            found.gates == null ? List.of() : found.gates.metrics(),
            found.url,
            report == null ? null : report.location(),
            type,
            cost());
    herald.ended(outcome);
    if (found.admitted) {
      try {
        steward.finished(
            new FinishedNotice(board.model(), Workflow.getInfo().getWorkflowId(), outcome));
      } catch (TemporalFailure failure) {
        // the steward asks about a run it has not heard of before it refuses the next
        LOG.warn("steward not told: {}", Failures.sentence(failure));
      }
    }
    board.finish(outcome);
    return outcome;
  }

  private @Nullable Double cost() {
    Costs costs = board.costs();
    return costs == null || costs.total() <= 0 ? null : costs.total();
  }

  /** Null before there is a run to report on. */
  private @Nullable ReportRequest reportRequest(Result result, String sentence) {
    if (found.run == null || found.resolved == null) {
      return null;
    }
    return new ReportRequest(
        found.run,
        found.resolved.spec(),
        trigger,
        found.ingest,
        List.of(),
        found.selection == null ? null : found.selection.sentence(),
        found.gates,
        found.version,
        found.url,
        board.times(),
        result + ": " + sentence,
        board.costs(),
        found.trials.stream()
            .map(trial -> new TrialKey(trial.trial(), trial.model().digest()))
            .toList());
  }
}
