package io.millrace.activities.train;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.util.List;
import java.util.Set;

/**
 * A kind of model, found by {@link java.util.ServiceLoader}. Stateless. What it makes is an ONNX
 * graph, so gates and endpoints know no family. {@code infra/docs/families.md} is the guide to
 * writing one.
 */
public interface ModelFamily {
  /** What the spec calls it: {@code mlp}. */
  String name();

  /** What it can learn; unless it says otherwise, everything, as a table. */
  default Set<Task> tasks() {
    return Set.of(Task.values());
  }

  /** The hyperparameters it knows, with their defaults and bounds. */
  List<Hyperparameter> hyperparameters();

  /**
   * What the names of hyperparameters begin with that the family takes as they are, numbers, texts
   * or truth values: {@code arg-}; empty when it takes none but its own.
   */
  default String openPrefix() {
    return "";
  }

  /**
   * What it means that a fitted graph cannot be opened or scores otherwise than the family said: a
   * defect, unless others made the graph.
   */
  default FailureType mismatch() {
    return FailureType.INVARIANT_BROKEN;
  }

  /**
   * What stands in the way of training on such data; empty when nothing does. Each reads {@code
   * data.split.kind: stratified (expected: time)}.
   *
   * @param values a value for each of {@link #hyperparameters}, checked
   */
  default List<String> problems(Hyperparameters values, Task task, DataSpec data) {
    return List.of();
  }

  /**
   * Trains a candidate to its end. Must be a function of the trial's data, hyperparameters, seed
   * and threads only: stopped anywhere and started again elsewhere it goes on from {@link
   * Trial#checkpoints} and ends in the same bits. Calls {@link Trial#moved} after each step and
   * {@link Trial#save} when that says so.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code TRAINING_DIVERGED}, {@code DATA_INVALID},
   *     {@code CONFIG_INVALID}, and what the trial's methods throw
   */
  Fitted fit(Trial trial);
}
