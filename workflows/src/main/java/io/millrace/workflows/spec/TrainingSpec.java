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
   * @param kind {@code local}, {@code docker} or {@code ec2}
   * @param nodes how many nodes the pool keeps alive; null is as many as {@code parallel}
   * @param interruptions how often nodes may be lost before the run suspends
   * @param image container or machine image that nodes start from; null is the settings' own
   * @param memory greatest memory of a container, {@code <n>MB}; null is no limit
   * @param spot what is bought; null where nothing is
   * @param stalledAfter how many times the usual time a node may go without a step before it is
   *     replaced; 0 for never, null for the default
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record ComputeSpec(
      String kind,
      @Nullable Integer nodes,
      int interruptions,
      @Nullable String image,
      @Nullable String memory,
      @Nullable SpotSpec spot,
      @Nullable Integer stalledAfter) {
    public static final String EC2 = "ec2";

    /** {@code memory} as a number; null when there is no limit. */
    public @Nullable Integer megabytes() {
      return memory == null ? null : Integer.valueOf(memory.replace("MB", ""));
    }
  }

  /**
   * @param types instance types that will do
   * @param zones availability zones that will do; empty is any
   * @param onDemandBy time after the start of training from which nodes are bought on demand; null
   *     is three quarters of {@code budget.time}
   * @param gpuMemory least memory of one GPU, {@code <n>GB} as makers count it; every type with one
   *     such GPU will do then. Null for {@code types}
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record SpotSpec(
      List<String> types,
      List<String> zones,
      @Nullable Duration onDemandBy,
      @Nullable String gpuMemory) {
    /** In an order's types, before {@code 16GB}: any type with so much on its one GPU. */
    public static final String GPU_MEMORY = "gpu-memory>=";

    public SpotSpec {
      types = Checks.list(types);
      zones = Checks.list(zones);
    }

    /** What an order names: the types, or the memory that a type must have. */
    public List<String> wanted() {
      return gpuMemory == null ? types : List.of(GPU_MEMORY + gpuMemory);
    }
  }

  /**
   * @param time greatest time for all trials together
   * @param cost US dollars for all nodes together, after which no more is tried; null is no limit
   */
  public record BudgetSpec(Duration time, @Nullable Double cost) {}
}
