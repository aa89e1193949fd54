package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.steward.StewardActivities.RunState;
import io.millrace.workflows.steward.StewardState.ActiveRun;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import io.temporal.workflow.WorkflowLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Keeps a model's runs in single file. Messages only write down what came; one loop acts on drift,
 * so a hundred checks that arrive together are one.
 */
public final class ModelStewardImpl implements ModelSteward {
  private static final Logger LOG = Workflow.getLogger(ModelStewardImpl.class);

  /** A history a person can still read; the server's own advice comes at some ten thousand. */
  private static final int EVENTS = 2_000;

  /** A run heard of this short a time ago is running: no need to ask the server. */
  private static final Duration FRESH = Duration.ofSeconds(5);

  /** Held by whoever decides about the next run while it asks the server. */
  private final WorkflowLock deciding = Workflow.newWorkflowLock();

  /** A rollback waits for another one only. */
  private final WorkflowLock rollingBack = Workflow.newWorkflowLock();

  private final List<DriftSummary> inbox = new ArrayList<>();
  private final Ledger ledger;
  private final Flight flight;
  private final Retrainer retrainer;
  private final Rescue rescue;
  private boolean ready;

  @WorkflowInit
  public ModelStewardImpl(StewardState state) {
    ledger = new Ledger(state);
    flight = new Flight(ledger);
    retrainer = new Retrainer(ledger, flight);
    rescue = new Rescue(ledger);
    // only a steward that has never numbered a run may have lost its memory
    ready = state.nextNumber() > 1;
  }

  @Override
  public void run(StewardState state) {
    Workflow.upsertTypedSearchAttributes(SearchAttributes.MODEL.valueSet(state.model()));
    if (!ready) {
      remember();
      ready = true;
    }
    ledger.show();
    while (true) {
      Workflow.await(
          () ->
              !inbox.isEmpty()
                  || rescue.hasNews()
                  || (full() && Workflow.isEveryHandlerFinished()));
      rescue.tell();
      if (inbox.isEmpty()) {
        if (full() && Workflow.isEveryHandlerFinished() && !rescue.hasNews()) {
          Workflow.continueAsNew(ledger.state());
        }
        continue;
      }
      DriftSummary batch = together(inbox);
      inbox.clear();
      deciding.lock();
      try {
        drifted(batch);
      } catch (TemporalFailure failure) {
        LOG.warn("drift check not acted on: {}", Failures.sentence(failure));
      } finally {
        deciding.unlock();
      }
      ledger.show();
    }
  }

  private static boolean full() {
    return Workflow.getInfo().isContinueAsNewSuggested()
        || Workflow.getInfo().getHistoryLength() > EVENTS;
  }

  private void remember() {
    StewardActivities patient =
        Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.RESCUE);
    ledger.taken(patient.lastRun(new StewardActivities.LastRunQuery(ledger.model())).number());
  }

  /** What several checks say together: the newest, with what any of them found. */
  private static DriftSummary together(List<DriftSummary> checks) {
    DriftSummary newest = checks.get(checks.size() - 1);
    return new DriftSummary(
        newest.model(),
        newest.state(),
        checks.stream().anyMatch(DriftSummary::drifted),
        checks.stream().anyMatch(DriftSummary::qualityBroken),
        checks.stream().flatMap(c -> c.columns().stream()).distinct().sorted().toList(),
        newest.at(),
        newest.sentence(),
        newest.made(),
        newest.rows());
  }

  private void drifted(DriftSummary seen) {
    retrainer.observe(seen);
    ledger.drift(seen);
    // version 1 looks; to be removed when no history is older than it
    if (Workflow.getVersion("look-at-champion", Workflow.DEFAULT_VERSION, 1) >= 1) {
      rescue.lookAtChampion();
    }
    ActiveRun active = ledger.active();
    if (active == null) {
      retrainer.decide(seen);
      return;
    }
    RunState state = flight.inspect(active);
    if (!ledger.isActive(active.workflowId())) {
      return; // its end was told while we asked
    }
    if (!state.running()) {
      flight.gone(active, state);
      PipelineRequest request = active.request() != null ? active.request() : ledger.request();
      if (state.interrupted() && request != null) {
        String runId = WorkflowIds.run(ledger.model(), active.number());
        flight.begin(
            request,
            new Trigger(active.trigger().cause(), "goes on where " + runId + " was interrupted"),
            runId,
            request.recent());
      }
    } else if (state.suspension() != null) {
      flight.wake(active, state.suspension());
    }
  }

  @Override
  public StewardState status() {
    return ledger.state();
  }

  @Override
  public RunStarted start(PipelineRequest request) {
    Workflow.await(() -> ready);
    deciding.lock();
    try {
      flight.free();
      Trigger trigger = request.trigger() == null ? Trigger.manual() : request.trigger();
      return flight.begin(request, trigger, request.resumeFrom(), request.recent());
    } finally {
      deciding.unlock();
      ledger.show();
    }
  }

  @Override
  public void validateStart(PipelineRequest request) {
    String objection = request.objection();
    if (objection != null) {
      throw Failures.of(FailureType.REQUEST_INVALID, objection);
    }
    if (request.model() != null && !request.model().equals(ledger.model())) {
      throw Failures.refused(
          FailureType.REQUEST_INVALID,
          "model: " + request.model() + " (expected: " + ledger.model() + ")");
    }
    refuseWhileFresh(null);
  }

  @Override
  public Admitted admit(AdmitRun request) {
    Workflow.await(() -> ready);
    deciding.lock();
    try {
      if (!ledger.isActive(request.workflowId())) {
        flight.free();
        int number = ledger.takeNumber();
        ledger.activate(
            new ActiveRun(
                request.workflowId(),
                number,
                request.trigger(),
                WorkflowTime.now(),
                null,
                request.request()));
      }
      ledger.learn(request.request(), request.retraining());
      ActiveRun active = ledger.active();
      return new Admitted(active == null ? 0 : active.number());
    } finally {
      deciding.unlock();
      ledger.show();
    }
  }

  @Override
  public void validateAdmit(AdmitRun request) {
    refuseWhileFresh(request.workflowId());
  }

  /** Refuses without a trace in the history while nobody needs to be asked. */
  private void refuseWhileFresh(@Nullable String workflowId) {
    ActiveRun active = ledger.active();
    if (active != null
        && !active.workflowId().equals(workflowId)
        && WorkflowTime.now().isBefore(active.since().plus(FRESH))) {
      throw Flight.busy(active);
    }
  }

  @Override
  public RolledBack rollback(RollbackRequest request) {
    rollingBack.lock();
    try {
      return rescue.rollback(request);
    } finally {
      rollingBack.unlock();
      ledger.show();
    }
  }

  @Override
  public void validateRollback(RollbackRequest request) {
    if (request.to() != null && request.to() < 1) {
      throw Failures.refused(
          FailureType.REQUEST_INVALID, "to: " + request.to() + " (expected: a version, from 1)");
    }
    present("who", request.who());
    present("reason", request.reason());
  }

  private static void present(String field, @Nullable String text) {
    if (text == null || text.isBlank()) {
      throw Failures.refused(
          FailureType.REQUEST_INVALID,
          field + ": nothing (expected: some text, for the audit log)");
    }
  }

  @Override
  public void finished(RunFinished notice) {
    ledger.finished(notice.workflowId(), notice.outcome());
    ledger.show();
  }

  @Override
  public void drift(DriftSummary summary) {
    inbox.add(summary);
  }
}
