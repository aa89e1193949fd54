package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.train.SelectActivities.SelectRequest;
import io.millrace.workflows.port.train.SelectActivities.Selection;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootstrapSelectionTest {
  @TempDir Path work;

  @Test
  void winner_ofEquals_hasFewerWeights_andOfUnequals_isTheBetter() throws Exception {
    ObjectStore store = new FileStore(work.resolve("store"));
    // whether two numbers have the same sign: a curve of each says nothing, a net finds it
    DatasetRef xor =
        TestDatasets.publish(
            store,
            work.resolve("xor"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, a, b, (a * b > 0)::INT AS y FROM (SELECT i, ((i * 7919) %"
                + " 1009 - 504.5) AS a, ((i * 104729) % 997 - 498.5) AS b FROM range(4000) t(i))",
            List.of("0", "1"));
    TrialResult linear = fit(store, xor, 0, new CandidateSpec("linear", Map.of()));
    TrialResult small = fit(store, xor, 1, new CandidateSpec("mlp", Map.of("learning-rate", 0.01)));
    TrialResult large =
        fit(
            store,
            xor,
            2,
            new CandidateSpec("mlp", Map.of("hidden", List.of(80, 40), "learning-rate", 0.01)));
    Selection selection = select(store, xor, List.of(linear, small, large));
    assertThat(selection.winner()).isEqualTo(small);
    assertThat(selection.sentence()).contains("mlp (trial 1)").contains("validation rows");
    assertThat(select(store, xor, List.of(large, linear, small))).isEqualTo(selection);
    assertThat(select(store, xor, List.of(linear)).sentence())
        .startsWith("linear (trial 0) is the only trial: roc-auc 0.");
    assertThat(select(store, xor, List.of(linear, small)).sentence())
        .startsWith("mlp (trial 1) has the best roc-auc")
        .endsWith("no trial with fewer weights is as good by paired bootstrap.");
  }

  @Test
  void difference_ofAModelWithItself_isZero_andOfABetterOne_isAbove() {
    SplittableRandom random = new SplittableRandom(3);
    double[] labels = new double[500];
    float[] good = new float[500];
    float[] noise = new float[500];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3 == 0 ? 1 : 0;
      good[i] = (float) (0.3 * labels[i] + 0.7 * random.nextDouble());
      noise[i] = (float) random.nextDouble();
    }
    for (Metrics metric : Metrics.of(Task.BINARY)) {
      PairedBootstrap bootstrap = new PairedBootstrap(Task.BINARY, metric, labels, 5, () -> {});
      PairedBootstrap.Interval same = bootstrap.difference(good, 0.5, good, 0.5);
      assertThat(same).isEqualTo(new PairedBootstrap.Interval(0, 0));
    }
    assertThat(
            new PairedBootstrap(Task.BINARY, Metrics.ROC_AUC, labels, 5, () -> {})
                .difference(good, 0.5, noise, 0.5)
                .low())
        .isPositive();
  }

  private Selection select(ObjectStore store, DatasetRef dataset, List<TrialResult> trials) {
    TrialRequest like = request(dataset, new CandidateSpec("linear", Map.of()));
    return new BootstrapSelection(store, work.resolve("scratch"))
        .winner(
            new SelectRequest(
                like.run(), like.task(), dataset, like.data(), like.objective(), 7, trials),
            () -> {});
  }

  private TrialResult fit(
      ObjectStore store, DatasetRef dataset, int trial, CandidateSpec candidate) {
    TrialResult result =
        new FamilyTrainer(store, work.resolve("scratch"), "node")
            .fit(request(dataset, candidate), progress -> {});
    return new TrialResult(
        trial,
        result.family(),
        result.model(),
        result.validation(),
        result.epochs(),
        result.bestEpoch(),
        result.steps(),
        result.parameters(),
        result.candidate(),
        result.paused());
  }

  private static TrialRequest request(DatasetRef dataset, CandidateSpec candidate) {
    return TrialRequests.of(
        new RunRef("sample-1", "sample", null),
        Task.BINARY,
        dataset,
        candidate,
        "roc-auc",
        10,
        Duration.ofHours(1));
  }
}
