package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is tried and within which bounds.
 *
 * @param seed of initial weights, batch order and dropout
 * @param objective the validation metric that ranks trials and stops early
 * @param search how candidates become trials
 * @param patience epochs without improvement after which a trial stops
 * @param threads native threads per node; part of what makes weights bit-equal
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record TrainingSpec(
    long seed,
    List<CandidateSpec> candidates,
    Objective objective,
    SearchSpec search,
    int maxEpochs,
    int patience,
    int batchSize,
    int threads,
    int parallel,
    CheckpointSpec checkpoint,
    ComputeSpec compute,
    BudgetSpec budget) {
  public TrainingSpec {
    candidates = Checks.list(candidates);
  }

  /**
   * @param goal {@code max} or {@code min}
   */
  public record Objective(String metric, String goal) {
    public boolean maximise() {
      return goal.equals("max");
    }
  }

  /**
   * @param every least time between two checkpoints inside an epoch; each epoch's end has one too
   * @param keep how many are kept besides the best
   */
  public record CheckpointSpec(Duration every, int keep) {}

  /**
   * @param kind {@code local}
   * @param nodes how many nodes the pool keeps alive; null is as many as {@code parallel}
   * @param interruptions how often nodes may be lost before the run suspends
   */
  public record ComputeSpec(String kind, @Nullable Integer nodes, int interruptions) {}

  /**
   * @param time greatest time for all trials together
   */
  public record BudgetSpec(Duration time) {}
}
