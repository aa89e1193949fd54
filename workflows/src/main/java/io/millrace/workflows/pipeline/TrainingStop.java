package io.millrace.workflows.pipeline;

import io.millrace.workflows.pipeline.ModelPipeline.StopTraining;
import io.temporal.workflow.Workflow;
import org.jspecify.annotations.Nullable;

/** Somebody's wish that training ends with what there is; there is one training at a time. */
final class TrainingStop {
  private boolean open;
  private int results;
  private @Nullable StopTraining request;

  /** A training begins; what was asked of an earlier one is forgotten. */
  void open() {
    open = true;
    results = 0;
    request = null;
  }

  void close() {
    open = false;
  }

  /** How many trials could be selected from now. */
  void results(int now) {
    results = now;
  }

  /** Null while nobody asked. */
  @Nullable StopTraining request() {
    return request;
  }

  /** What is wrong with the wish now; null when nothing is. */
  @Nullable String objection(String runId, String stage) {
    if (!open) {
      return "stopTraining: "
          + runId
          + " (expected: a run in training; this one is in stage "
          + stage
          + ")";
    }
    StopTraining first = request;
    if (first != null) {
      return "stopTraining: " + runId + " (expected: once; " + first.who() + " was first)";
    }
    return results > 0
        ? null
        : "finished trials: 0 (expected: at least one to select from; cancel the run to end it)";
  }

  void ask(StopTraining wish) {
    request = wish;
  }

  /** Returns when the training has ended. */
  void await() {
    Workflow.await(() -> !open);
  }
}
