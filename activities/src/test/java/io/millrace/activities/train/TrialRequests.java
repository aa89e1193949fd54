package io.millrace.activities.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Duration;
import java.util.Map;

/** Requests for tests. */
public final class TrialRequests {
  private TrialRequests() {}

  public static TrialRequest mlp(DatasetRef dataset, int maxEpochs, Duration every) {
    return of(
        new RunRef("sample-1", "sample", null),
        Task.BINARY,
        dataset,
        new CandidateSpec("mlp", Map.of("hidden", java.util.List.of(16, 8), "dropout", 0.2)),
        "roc-auc",
        maxEpochs,
        every);
  }

  public static TrialRequest of(
      RunRef run,
      Task task,
      DatasetRef dataset,
      CandidateSpec candidate,
      String metric,
      int maxEpochs,
      Duration every) {
    return new TrialRequest(
        run,
        0,
        "sample",
        task,
        dataset,
        data(),
        candidate,
        7,
        new TrainingSpec.Objective(
            metric, java.util.Set.of("log-loss", "rmse", "mae").contains(metric) ? "min" : "max"),
        maxEpochs,
        5,
        256,
        1,
        new TrainingSpec.CheckpointSpec(every, 3),
        null);
  }

  /** The same, paused after so many epochs. */
  static TrialRequest pausing(TrialRequest whole, int epochs) {
    return new TrialRequest(
        whole.run(),
        whole.trial(),
        whole.model(),
        whole.task(),
        whole.dataset(),
        whole.data(),
        whole.candidate(),
        whole.seed(),
        whole.objective(),
        whole.maxEpochs(),
        whole.patience(),
        whole.batchSize(),
        whole.threads(),
        whole.checkpoint(),
        epochs);
  }

  /** Trial number so-and-so of a sweep. */
  public static TrialRequest of(RunRef run, int trial, CandidateSpec candidate) {
    DatasetRef dataset = new DatasetRef("sample", "d".repeat(64), 10);
    TrialRequest zero =
        of(run, Task.BINARY, dataset, candidate, "roc-auc", 30, Duration.ofSeconds(30));
    com.fasterxml.jackson.databind.node.ObjectNode fields = PayloadJson.mapper().valueToTree(zero);
    fields.put("trial", trial);
    return PayloadJson.mapper().convertValue(fields, TrialRequest.class);
  }

  /** Learns so fast that it gets no better after a few epochs, and gives up then. */
  static TrialRequest impatient(DatasetRef dataset, int threads, Duration every) {
    TrialRequest mlp = mlp(dataset, 40, every);
    return new TrialRequest(
        mlp.run(),
        mlp.trial(),
        mlp.model(),
        mlp.task(),
        mlp.dataset(),
        mlp.data(),
        new CandidateSpec(
            "mlp",
            Map.of("hidden", java.util.List.of(16, 8), "dropout", 0.2, "learning-rate", 0.02)),
        mlp.seed(),
        mlp.objective(),
        mlp.maxEpochs(),
        2,
        128,
        threads,
        mlp.checkpoint(),
        null);
  }

  /** Boosted trees with all that is random in them, and two threads to race. */
  static TrialRequest trees(DatasetRef dataset, int threads, Duration every) {
    TrialRequest mlp = mlp(dataset, 40, every);
    return new TrialRequest(
        mlp.run(),
        mlp.trial(),
        mlp.model(),
        mlp.task(),
        mlp.dataset(),
        mlp.data(),
        new CandidateSpec("boosted-trees", Map.of("subsample", 0.7, "column-subsample", 0.5)),
        mlp.seed(),
        mlp.objective(),
        mlp.maxEpochs(),
        mlp.patience(),
        mlp.batchSize(),
        threads,
        mlp.checkpoint(),
        null);
  }

  /** The trainer reads the dataset version, not the declaration it came from. */
  public static DataSpec data() {
    try {
      JsonNode json = PayloadJson.mapper().readTree("{\"target\": \"y\"}");
      return PayloadJson.mapper().treeToValue(json, DataSpec.class);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
