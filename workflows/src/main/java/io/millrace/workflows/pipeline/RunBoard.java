package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.PipelineStatus.ApprovalState;
import io.millrace.workflows.pipeline.PipelineStatus.Step;
import io.millrace.workflows.pipeline.PipelineStatus.Suspension;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.report.ReportActivities.StageTime;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands. Every change goes to the query, to the search attributes and to the UI's
 * current details at once, so the three never disagree.
 */
final class RunBoard {
  static final String SUSPENDED = "suspended";
  static final String WAITING_APPROVAL = "waiting-approval";
  static final String DONE = "done";

  private final List<Step> steps = new ArrayList<>();
  private final Map<Integer, TrialProgress> trials = new TreeMap<>();
  private List<Verdict> verdicts = List.of();
  private String runId;
  private String model;
  private String stage = "spec";
  private String published = "";
  private ComputePool.@Nullable Spent spent;
  private @Nullable Suspension suspension;
  private @Nullable ApprovalState approval;
  private @Nullable PipelineOutcome outcome;

  RunBoard(String runId, @Nullable String model) {
    this.runId = runId;
    this.model = model == null ? "" : model;
  }

  /** The first command of the run: a search finds it from its first moment. */
  void open() {
    if (model.isEmpty()) {
      publish();
    } else {
      name(runId, model);
    }
  }

  void name(String runId, String model) {
    this.runId = runId;
    this.model = model;
    Workflow.upsertTypedSearchAttributes(SearchAttributes.MODEL.valueSet(model));
    publish();
  }

  String runId() {
    return runId;
  }

  String model() {
    return model;
  }

  String stage() {
    return stage;
  }

  @Nullable Suspension suspension() {
    return suspension;
  }

  void begin(String step) {
    stage = step;
    steps.add(new Step(step, "running", WorkflowTime.now(), null, null));
    publish();
  }

  /** Closes the step that runs: {@code done}, {@code skipped} or {@code failed}. */
  void close(String state, @Nullable String detail) {
    int last = steps.size() - 1;
    Step step = steps.get(last);
    steps.set(last, new Step(step.name(), state, step.from(), WorkflowTime.now(), detail));
    publish();
  }

  void suspend(Suspension now) {
    suspension = now;
    stage = SUSPENDED;
    publish();
  }

  void wake() {
    suspension = null;
    publish();
  }

  /** Null when nothing is waited for any more. */
  void approval(@Nullable ApprovalState now) {
    approval = now;
    stage = now == null ? "approval" : WAITING_APPROVAL;
    publish();
  }

  @Nullable ApprovalState approval() {
    return approval;
  }

  void trial(TrialProgress progress) {
    trials.put(progress.trial(), progress);
    publish();
  }

  /** Null when there is money again, or no limit. */
  void spent(ComputePool.@Nullable Spent now) {
    spent = now;
  }

  ComputePool.@Nullable Spent spent() {
    return spent;
  }

  void verdicts(List<Verdict> found) {
    verdicts = List.copyOf(found);
    publish();
  }

  void version(String version) {
    Workflow.upsertTypedSearchAttributes(SearchAttributes.VERSION.valueSet(version));
  }

  void finish(PipelineOutcome end) {
    outcome = end;
    stage = DONE;
    Workflow.upsertTypedSearchAttributes(SearchAttributes.OUTCOME.valueSet(end.result().name()));
    publish();
  }

  PipelineStatus status() {
    return new PipelineStatus(
        runId,
        model,
        stage,
        List.copyOf(steps),
        List.copyOf(trials.values()),
        suspension,
        approval,
        outcome);
  }

  /** Closed steps, in order. */
  List<StageTime> times() {
    List<StageTime> times = new ArrayList<>();
    for (Step step : steps) {
      if (step.to() != null) {
        times.add(new StageTime(step.name(), step.from(), step.to()));
      }
    }
    return times;
  }

  private void publish() {
    if (!stage.equals(published)) {
      published = stage;
      Workflow.upsertTypedSearchAttributes(SearchAttributes.STAGE.valueSet(stage));
    }
    Workflow.setCurrentDetails(Details.of(status(), verdicts));
  }
}
