package io.millrace.workflows.steward;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus.Suspension;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.steward.StewardActivities.RunState;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.millrace.workflows.steward.StewardState.ActiveRun;
import io.millrace.workflows.steward.StewardState.Patience;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The one run that may be under way: starts it, asks about it, wakes it, lets it go. */
final class Flight {
  private static final Logger LOG = Workflow.getLogger(Flight.class);

  /** Drift checks between two attempts at a failure that stays: at most this many. */
  private static final int MOST_PATIENT = 32;

  private final StewardActivities server =
      Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.QUICK_API);
  private final Ledger ledger;

  Flight(Ledger ledger) {
    this.ledger = ledger;
  }

  RunState inspect(ActiveRun active) {
    return server.inspect(new StewardActivities.Inspection(active.workflowId()));
  }

  /** A failure that stays is tried again less and less often. */
  void wake(ActiveRun active, Suspension suspension) {
    String failure =
        suspension.step()
            + ": "
            + (suspension.type() == null ? suspension.message() : suspension.type().name());
    Patience patience = active.patience();
    if (patience == null || !patience.failure().equals(failure)) {
      patience = new Patience(failure, 1, 1);
    }
    if (patience.left() > 1) {
      patience = new Patience(failure, patience.every(), patience.left() - 1);
    } else {
      int every = Math.min(2 * patience.every(), MOST_PATIENT);
      patience = new Patience(failure, every, every);
      try {
        Workflow.newExternalWorkflowStub(ModelPipeline.class, active.workflowId())
            .resumeSuspended(
                new ModelPipeline.ResumeRequest(
                    ModelPipeline.ResumeRequest.Action.RETRY, "schedule", "the next drift check"));
      } catch (SignalExternalWorkflowException gone) {
        LOG.info("{} ended before it could be resumed", active.workflowId());
      }
    }
    if (ledger.isActive(active.workflowId())) {
      ledger.activate(
          new ActiveRun(
              active.workflowId(),
              active.number(),
              active.trigger(),
              active.since(),
              patience,
              active.request()));
    }
  }

  /** Numbers a run and starts it; it outlives the steward's own runs. */
  RunStarted begin(
      PipelineRequest base,
      Trigger trigger,
      @Nullable String resumeFrom,
      @Nullable RecentRows recent) {
    int number = ledger.takeNumber();
    String workflowId = WorkflowIds.pipeline(ledger.model(), number);
    PipelineRequest request =
        new PipelineRequest(
            base.location(), base.spec(), ledger.model(), number, trigger, resumeFrom, recent);
    ledger.activate(new ActiveRun(workflowId, number, trigger, WorkflowTime.now(), null, request));
    ModelPipeline run =
        Workflow.newChildWorkflowStub(
            ModelPipeline.class,
            Children.abandoned(
                workflowId,
                ledger.model(),
                WorkflowIds.run(ledger.model(), number) + ", " + trigger.cause()));
    Promise<PipelineOutcome> end = Async.function(run::run, request);
    try {
      Workflow.getWorkflowExecution(run).get();
    } catch (TemporalFailure failure) {
      ledger.clear(workflowId);
      throw Failures.of(
          FailureType.RUN_IN_PROGRESS, failure, "run: " + workflowId + " (expected: a new id)");
    }
    // a second way to hear of the end; lost when the steward continues as new, so not the only one
    end.handle(
        (outcome, failure) -> {
          if (outcome != null) {
            ledger.finished(workflowId, outcome);
            ledger.show();
          }
          return null;
        });
    return new RunStarted(WorkflowIds.run(ledger.model(), number), workflowId, number);
  }

  /** Makes room when the run that was under way has ended unheard; refuses when it has not. */
  void free() {
    ActiveRun active = ledger.active();
    if (active == null) {
      return;
    }
    RunState state = inspect(active);
    if (ledger.isActive(active.workflowId())) {
      if (state.running()) {
        throw busy(active);
      }
      gone(active, state);
    }
  }

  void gone(ActiveRun active, RunState state) {
    if (state.outcome() != null) {
      ledger.finished(active.workflowId(), state.outcome());
    } else {
      ledger.clear(active.workflowId());
    }
  }

  static RuntimeException busy(ActiveRun active) {
    return Failures.refused(
        FailureType.RUN_IN_PROGRESS,
        active.workflowId() + " is under way (expected: one run per model at a time)");
  }
}
