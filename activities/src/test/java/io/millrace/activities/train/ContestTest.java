package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.BootstrapSelection.Scored;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class ContestTest {
  private static final int ROWS = 600;
  private final double[] labels = new double[ROWS];
  private final List<Scored> trials = new ArrayList<>();

  ContestTest() {
    for (int i = 0; i < ROWS; i++) {
      labels[i] = i % 2;
    }
  }

  /** A trial whose scores follow the labels by so much, with noise of its own. */
  private void trial(long weights, double signal, int noise) {
    SplittableRandom random = new SplittableRandom(noise);
    float[] scores = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      scores[i] = (float) (signal * labels[i] + (1 - signal) * random.nextDouble());
    }
    int number = trials.size();
    trials.add(
        new Scored(
            new TrialResult(
                number,
                "mlp",
                new PackageRef("p/", "0".repeat(64), 1),
                List.of(),
                1,
                1,
                1,
                weights,
                new CandidateSpec("mlp", Map.of()),
                false),
            scores,
            0.5,
            Metrics.ROC_AUC.value(Task.BINARY, labels, scores, 0.5)));
  }

  private Contest.Won won(ToDoubleFunction<Scored> milliseconds) {
    Scored leader = trials.stream().max(Comparator.comparingDouble(Scored::value)).orElseThrow();
    return new Contest(
            trials,
            leader,
            true,
            new PairedBootstrap(Task.BINARY, Metrics.ROC_AUC, labels, 7, () -> {})
                .against(leader.scores(), leader.threshold()),
            milliseconds)
        .won();
  }

  private static double never(Scored trial) {
    throw new AssertionError("timed: " + trial.name());
  }

  private String words(Contest.Won won) {
    return new ContestWords(Metrics.ROC_AUC, ROWS).of(won);
  }

  @Test
  void fewestWeights_amongTheTied_win_withoutAClock() {
    trial(5000, 0.45, 1);
    trial(900, 0.45, 1);
    trial(100, 0.45, 1);
    trial(10, 0.05, 2);

    Contest.Won won = won(ContestTest::never);

    assertThat(won.winner().trial().trial()).isEqualTo(2);
    assertThat(won.smaller()).isEqualTo(2);
    assertThat(words(won))
        .startsWith("mlp (trial 2) wins with 100 weights and roc-auc 0.")
        .contains("mlp (trial 0) with 5000 weights")
        .endsWith("(paired difference 0.0000 to 0.0000, 95 %), so fewer weights decide.");
  }

  @Test
  void leaderThatIsBetterThanAllSmaller_wins() {
    trial(5000, 0.45, 1);
    trial(900, 0.1, 2);
    trial(100, 0.05, 3);

    Contest.Won won = won(ContestTest::never);

    assertThat(won.winner().trial().trial()).isZero();
    assertThat(words(won))
        .startsWith("mlp (trial 0) has the best roc-auc 0.")
        .endsWith("no trial with fewer weights is as good by paired bootstrap.");
  }

  @Test
  void equals_goToTheClearlyFaster_elseToTheBetterValue() {
    trial(100, 0.45, 1);
    trial(100, 0.45, 1);
    trial(100, 0.45, 1);

    assertThat(won(t -> 1.0 - 0.05 * t.trial().trial()).winner().trial().trial()).isZero();

    Contest.Won fast = won(t -> t.trial().trial() == 2 ? 0.1 : 1.0);
    assertThat(fast.winner().trial().trial()).isEqualTo(2);
    assertThat(words(fast))
        .contains("so time decides.")
        .contains(
            "Of 3 that are as good with as few weights it is clearly faster: 0.100 ms a row,"
                + " 1.000 ms the one with the best value.");
  }

  @Test
  void manyTrials_areToldToBePartlyLuck_andTakeSecondsOnly() {
    for (int i = 0; i < 60; i++) {
      trial(1000 - i, i == 0 ? 0.5 : 0.3, i);
    }

    long from = System.nanoTime();
    Contest.Won won = won(ContestTest::never);

    assertThat(won.winner().trial().trial()).isZero();
    assertThat(won.smaller()).isEqualTo(59);
    assertThat(words(won))
        .contains(
            "The best of 60 on the same rows is partly luck: mlp (trial 0)'s value is"
                + " optimistic");
    // 60 comparisons of 600 rows and 1000 resamples: 0.3 s here; a minute would be a defect
    assertThat((System.nanoTime() - from) / 1e9).isLessThan(60);
  }
}
