package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.port.spec.SpecActivities.ResolvedSpec;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.train.SelectActivities.Selection;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Spec;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The runbook of a run, top to bottom; {@link Steps} says what happens when a step fails. */
public final class ModelPipelineImpl implements ModelPipeline {
  private final SpecActivities specs =
      Workflow.newActivityStub(SpecActivities.class, ActivityProfiles.QUICK_API);
  private final StewardActivities steward =
      Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.QUICK_API);
  private final ScheduleActivities schedules =
      Workflow.newActivityStub(ScheduleActivities.class, ActivityProfiles.QUICK_API);
  private final Findings found = new Findings();
  private final PipelineRequest request;
  private final Trigger trigger;
  private final RunBoard board;
  private final Herald herald;
  private final Steps steps;
  private final ApprovalDesk desk;

  private final Closing closing;

  /**
   * @param given null when it was started without any input
   */
  @WorkflowInit
  public ModelPipelineImpl(@Nullable PipelineRequest given) {
    request = given != null ? given : new PipelineRequest(null, null, null, null, null, null, null);
    trigger = request.trigger() == null ? Trigger.manual() : request.trigger();
    String model = request.model();
    Integer number = request.number();
    // a run that the steward started has its name; one started by hand gets it by admission
    found.run = model == null || number == null ? null : runRef(model, number);
    found.admitted = found.run != null;
    board =
        new RunBoard(
            found.run == null ? Workflow.getInfo().getWorkflowId() : found.run.runId(), model);
    herald = new Herald(board);
    steps = new Steps(board, herald);
    desk = new ApprovalDesk(board);
    closing = new Closing(board, steps, herald, found, trigger);
  }

  @Override
  public PipelineOutcome run(PipelineRequest ignored) {
    board.open();
    PipelineOutcome outcome;
    try {
      outcome = runbook();
    } catch (RunFailed failed) {
      outcome = closing.failed(failed.type(), failed.sentence());
    } catch (CanceledFailure cancelled) {
      Workflow.newDetachedCancellationScope(
              () -> closing.failed(null, Failures.sentence(cancelled)))
          .run();
      throw cancelled;
    }
    Workflow.await(Workflow::isEveryHandlerFinished);
    return outcome;
  }

  private PipelineOutcome runbook() {
    ResolvedSpec resolved = resolve();
    Spec spec = resolved.spec();
    RunRef run = admit(spec);
    schedule(spec);
    Making making = new Making(request, board, steps, found, run, spec);
    IngestResult ingest = making.ingest();
    List<TrialResult> trials = making.train(ingest);
    Selection winner = making.select(ingest, trials);
    Release release = new Release(board, steps, herald, desk, found, trigger, run, resolved);
    GateReport gates = release.gates(ingest, winner);
    if (!gates.passed()) {
      return closing.ended(Result.REJECTED, Sentences.rejected(gates));
    }
    for (GateSpec declared : spec.gates()) {
      if (declared instanceof GateSpec.Approval approval) {
        ApprovalDesk.Answer answer = release.approve(approval);
        if (!answer.approved() && approval.severity() == GateSpec.Severity.BLOCK) {
          return closing.ended(Result.DECLINED, answer.sentence());
        }
      }
    }
    ModelRef version = release.register(ingest, winner, gates);
    RolloutOutcome rollout = release.rollout(version);
    if (!rollout.promoted()) {
      return closing.ended(Result.ROLLED_BACK, rollout.sentence());
    }
    release.champion(version, rollout);
    return closing.ended(Result.DEPLOYED, version + " serves: " + rollout.sentence());
  }

  private ResolvedSpec resolve() {
    String objection = request.objection();
    if (objection != null) {
      throw new RunFailed(FailureType.REQUEST_INVALID, objection);
    }
    ResolvedSpec resolved =
        steps.must("spec", () -> specs.resolve(specRequest()), r -> r.spec().model());
    Spec spec = resolved.spec();
    if (request.model() != null && !request.model().equals(spec.model())) {
      throw new RunFailed(
          FailureType.CONFIG_INVALID,
          "model: " + request.model() + " (expected: " + spec.model() + ", the spec's)");
    }
    found.resolved = resolved;
    steps.suspendFor(spec.retraining().suspendFor());
    herald.receivers(spec.watch().receivers());
    return resolved;
  }

  private SpecActivities.SpecRequest specRequest() {
    return new SpecActivities.SpecRequest(found.run, request.spec(), request.location());
  }

  /** From here on no other run of the model starts. */
  private RunRef admit(Spec spec) {
    PipelineRequest again =
        new PipelineRequest(
            request.location(), request.spec(), spec.model(), null, null, null, null);
    RunRef run =
        steps.must(
            "admission",
            () -> {
              StewardActivities.Admission admission =
                  steward.admit(
                      new StewardActivities.AdmitRequest(
                          spec.model(),
                          Workflow.getInfo().getWorkflowId(),
                          trigger,
                          request.number(),
                          again,
                          spec.retraining()));
              found.admitted = true;
              RunRef admitted = runRef(spec.model(), admission.number());
              board.name(admitted.runId(), spec.model());
              if (!admitted.equals(found.run)) {
                // started by hand: only now is it known where the spec is kept
                found.run = admitted;
                specs.resolve(specRequest());
              }
              return admitted;
            },
            RunRef::runId);
    found.run = run;
    return run;
  }

  private RunRef runRef(String model, int number) {
    return new RunRef(WorkflowIds.run(model, number), model, request.resumeFrom());
  }

  /** Before anything that may suspend: the schedule's next check resumes what is suspended. */
  private void schedule(Spec spec) {
    steps.may(
        "schedule",
        () -> {
          ScheduleActivities.Ensured ensured =
              schedules.ensureDrift(
                  new ScheduleActivities.DriftSchedule(
                      spec.model(), spec.watch().schedule(), spec.watch().receivers()));
          // workers before 0.1.0 answered nothing
          return ensured == null || ensured.possible()
              ? "a drift check each " + words(spec.watch().schedule().every())
              : "skipped: this Temporal server has no schedules (drift "
                  + spec.model()
                  + " --now checks by hand)";
        },
        sentence -> sentence);
  }

  private static String words(Duration every) {
    return every.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  @Override
  public PipelineStatus status() {
    return board.status();
  }

  @Override
  public PipelineStatus approve(ApprovalRequest answer) {
    desk.decide(answer);
    return board.status();
  }

  @Override
  public void validateApprove(ApprovalRequest answer) {
    refuse(unfilled("who", answer.who()));
    refuse(unfilled("reason", answer.reason()));
    refuse(desk.objection(answer));
  }

  @Override
  public PipelineStatus resume(ResumeRequest answer) {
    steps.resume(answer);
    return board.status();
  }

  @Override
  public void validateResume(ResumeRequest answer) {
    refuse(unfilled("who", answer.who()));
    refuse(unfilled("reason", answer.reason()));
    refuse(steps.objection(answer));
  }

  @Override
  public void resumeSuspended(ResumeRequest answer) {
    if (steps.objection(answer) == null) {
      steps.resume(answer);
    }
  }

  @Override
  public void spent(ComputePool.Spent spent) {
    board.spent(spent);
  }

  /** The example from the current details, sent as it stands, is nobody's decision. */
  private static @Nullable String unfilled(String field, @Nullable String value) {
    return value != null && value.strip().matches("<.*>")
        ? field + ": " + value + " (expected: your own words in its place)"
        : null;
  }

  private static void refuse(@Nullable String objection) {
    if (objection != null) {
      throw Failures.refused(FailureType.REQUEST_INVALID, objection);
    }
  }
}
