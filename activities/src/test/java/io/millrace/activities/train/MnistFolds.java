package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The {@code cnn} family as it comes, on 5,000 digits in five folds, each with every digit alike: a
 * tenth of a fold's other rows chooses the epoch, the fold itself is seen once, at the end. Behind
 * {@code infra/bench/mnist/run}.
 */
public final class MnistFolds {
  private static final int FOLDS = 5;
  private static final int EPOCHS = 20;
  private static final int BATCH = 64;
  private static final String TARGET = "column784";

  private MnistFolds() {}

  /**
   * @param held share of the fold's digits that the packaged model names
   * @param parameters of the net
   */
  record Fold(double held, double seconds, long parameters) {}

  /** Argument: a folder for what is written. */
  public static void main(String[] args) throws Exception {
    List<Fold> folds = new ArrayList<>();
    for (int fold = 0; fold < FOLDS; fold++) {
      Fold one = fold(fold, Path.of(args[0]).resolve("fold-" + fold));
      System.err.printf(Locale.ROOT, "fold %d: %.4f in %.1f s%n", fold, one.held(), one.seconds());
      folds.add(one);
    }
    System.out.printf(
        Locale.ROOT,
        "{\"bench\": \"mnist\", \"unit\": \"accuracy\", \"ours\": %.4f, \"peers\": {}, \"ratio\":"
            + " {}, \"runs\": %d, \"folds\": %s, \"seconds\": %.1f, \"parameters\": %d}%n",
        folds.stream().mapToDouble(Fold::held).average().orElseThrow(),
        FOLDS,
        folds.stream().map(Fold::held).toList(),
        folds.stream().mapToDouble(Fold::seconds).sum(),
        folds.getFirst().parameters());
  }

  static Fold fold(int fold, Path work) throws Exception {
    Path csv = Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/mnist/data/mnist_5k.csv.gz");
    ObjectStore store = new FileStore(work.resolve("store"));
    String rows =
        "SELECT *, row_number() OVER (PARTITION BY %s ORDER BY rank) - 1 AS place FROM (SELECT *,"
                .formatted(TARGET)
            + " row_number() OVER () AS rank FROM read_csv('%s', header = false))".formatted(csv);
    DatasetRef digits =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.IMAGE,
            TARGET,
            ("SELECT * EXCLUDE (place, rank), CASE WHEN place %% %d = %d THEN 9 WHEN place // %d %%"
                    + " 10 = 0 THEN 8 ELSE 0 END AS tenth FROM (%s)")
                .formatted(FOLDS, fold, FOLDS, rows),
            IntStream.range(0, 10).mapToObj(Integer::toString).toList());
    long began = System.nanoTime();
    TrialResult result =
        new FamilyTrainer(store, work.resolve("scratch"), "node")
            .fit(request(digits), progress -> {});
    double seconds = (System.nanoTime() - began) / 1e9;
    return new Fold(held(store, work, digits, result), seconds, result.parameters());
  }

  private static TrialRequest request(DatasetRef digits) {
    return new TrialRequest(
        new RunRef("mnist", "mnist", null),
        0,
        "mnist",
        Task.IMAGE,
        digits,
        TrialRequests.data(),
        new CandidateSpec("cnn", Map.of()),
        7,
        new TrainingSpec.Objective("log-loss", "min"),
        EPOCHS,
        EPOCHS,
        BATCH,
        1,
        new TrainingSpec.CheckpointSpec(Duration.ofSeconds(30), 3),
        null);
  }

  /** By the code that serves. */
  private static double held(ObjectStore store, Path work, DatasetRef digits, TrialResult result)
      throws Exception {
    Datasets datasets = new Datasets(store, work.resolve("scratch"));
    Table test = datasets.read(digits, DatasetManifest.TEST);
    double[] labels = Datasets.labels(datasets.manifest(digits), test);
    Path dir =
        new Packages(store, Files.createDirectories(work.resolve("fetched")))
            .fetch(result.model().prefix(), result.model().digest());
    try (ModelRuntime runtime = ModelRuntime.open(dir)) {
      float[] scores =
          runtime.score(TabularData.columns(runtime.manifest().features(), test), test.rows());
      int right = 0;
      for (int row = 0; row < labels.length; row++) {
        int best = 0;
        for (int digit = 1; digit < 10; digit++) {
          best = scores[row * 10 + digit] > scores[row * 10 + best] ? digit : best;
        }
        right += best == (int) labels[row] ? 1 : 0;
      }
      return (double) right / labels.length;
    }
  }
}
