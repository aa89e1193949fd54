package io.millrace.workflows.options;

/** The only place that builds workflow ids and run ids. */
public final class WorkflowIds {
  private WorkflowIds() {}

  public static String steward(String model) {
    return "ModelSteward:" + model;
  }

  public static String pipeline(String model, int number) {
    return "ModelPipeline:" + model + ":" + number;
  }

  /** The store's name of a run: {@code <model>-<n>}. */
  public static String run(String model, int number) {
    return model + "-" + number;
  }

  public static String pool(String runId) {
    return "ComputePool:" + runId;
  }

  public static String trial(String runId, int trial) {
    return "TrainingTrial:" + runId + ":" + trial;
  }

  public static String rollout(String endpoint, String key) {
    return "Rollout:" + endpoint + ":" + key;
  }

  /** Id of the Temporal Schedule that starts the model's drift checks. */
  public static String driftSchedule(String model) {
    return "drift:" + model;
  }

  /** Id of the janitor's rounds; a Schedule adds the time. */
  public static final String JANITOR = "Janitor";

  /** Id of a round that a person asked for. */
  public static final String JANITOR_BY_HAND = "Janitor:by-hand";

  /** Id of the Temporal Schedule that starts the janitor's rounds. */
  public static final String JANITOR_SCHEDULE = "janitor";

  public static String driftCheck(String model) {
    return "DriftCheck:" + model;
  }
}
