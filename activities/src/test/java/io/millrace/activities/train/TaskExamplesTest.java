package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.metrics.Metrics;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.CandidateSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks from a spec to a measured package, by the parts that a run uses. */
final class TaskExamplesTest {
  @TempDir Path work;

  @Test
  void bikeshare_byTimeSplit_beatsTheSeasonalNaiveForecastByAFifth() throws Exception {
    ExampleTrials example = new ExampleTrials("bikeshare", work);

    assertThat(example.manifest.naive()).isEqualTo("bikers_lag_24");
    assertThat(example.data.splits()).containsEntry("test", 1729L);
    double linear =
        example.measured(example.train(example.spec.training().candidates().get(0)), Metrics.SKILL);
    TrialResult forecaster = example.train(example.spec.training().candidates().get(1));
    double skill = example.measured(forecaster, Metrics.SKILL);
    assertThat(forecaster.family()).isEqualTo("forecaster");
    assertThat(forecaster.validation()).extracting("name").contains("mae", "skill");
    // seen: 0.418 (MAE 30.8), linear 0.23, mlp 0.36; the promise is 0.2, and engines differ in bits
    assertThat(skill).isGreaterThan(0.35).isGreaterThan(linear);
  }

  @Test
  void forecaster_interrupted_endsInTheSamePackage() throws Exception {
    ExampleTrials example = new ExampleTrials("bikeshare", work);
    CandidateSpec candidate =
        new CandidateSpec("forecaster", Map.of("hidden", java.util.List.of(8)));
    TrialResult straight = example.train(candidate, new Interruption(), 0, 2);
    Interruption now = new Interruption();
    now.request();

    for (int batch = 1; batch <= 3; batch++) {
      assertThatThrownBy(() -> example.train(candidate, now, 1, 2))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED));
    }
    TrialResult resumed = example.train(candidate, new Interruption(), 1, 2);
    assertThat(resumed.model().digest()).isEqualTo(straight.model().digest());
    assertThat(resumed.steps()).isEqualTo(straight.steps());
  }

  /** Ratings of a generated taste: real ones with a licence are not at hand. */
  @Test
  void ratings_ofATaste_areRankedBetterThanByPopularity() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    double[][] people = tastes(random, 120);
    double[][] things = tastes(random, 60);
    StringBuilder csv = new StringBuilder("who,what,rating\n");
    for (int u = 0; u < people.length; u++) {
      for (int i = 0; i < things.length; i++) {
        if (random.nextInt(100) < 60) {
          double liking = 3 + 1.5 * (people[u][0] * things[i][0] + people[u][1] * things[i][1]);
          long rating = Math.clamp(Math.round(liking + 0.3 * random.nextGaussian()), 1, 5);
          csv.append(u).append(',').append(i).append(',').append(rating).append('\n');
        }
      }
    }
    Files.writeString(work.resolve("ratings.csv"), csv);
    Path spec =
        Files.writeString(
            work.resolve("pipeline.yaml"),
            """
            model: taste
            task: recommend
            data:
              source: {csv: ratings.csv}
              target: rating
              recommend: {user: who, item: what, relevant: 4}
            training: {batch-size: 64, max-epochs: 30}
            gates: [{metric: ndcg@10, floor: 0.9}]
            """);
    ExampleTrials trials = new ExampleTrials(spec, work);

    TrialResult linear = trials.train(trials.spec.training().candidates().get(0));
    TrialResult recommender = trials.train(trials.spec.training().candidates().get(1));
    assertThat(recommender.family()).isEqualTo("recommender");
    assertThat(recommender.validation()).extracting("name").contains("ndcg@10", "recall@10");
    double popular = trials.measured(linear, Metrics.NDCG_AT_10);
    double personal = trials.measured(recommender, Metrics.NDCG_AT_10);
    assertThat(personal).isGreaterThan(popular).isGreaterThan(0.9);
    assertThat(trials.measured(recommender, Metrics.RMSE))
        .isLessThan(trials.measured(linear, Metrics.RMSE));
  }

  private static double[][] tastes(SplittableRandom random, int count) {
    double[][] tastes = new double[count][2];
    for (double[] taste : tastes) {
      taste[0] = random.nextGaussian();
      taste[1] = random.nextGaussian();
    }
    return tastes;
  }

  @Test
  void mnist_ofATableOf785Columns_isIngestedAndLearned() throws Exception {
    ExampleTrials example = new ExampleTrials("mnist", work);

    assertThat(example.manifest.features()).hasSize(784);
    assertThat(example.manifest.classes()).hasSize(10);
    String profile = example.data.dataset().prefix() + "profile.json";
    assertThat(example.store().sizeBytes(profile).orElseThrow())
        .as("a profile that can be read with each drift check")
        .isLessThan(4_000_000);
    TrialResult linear = example.train(example.spec.training().candidates().get(0));
    assertThat(example.measured(linear, Metrics.ACCURACY)).isGreaterThan(0.86);
    // two passes show that the declared size reaches the net; its accuracy is measured elsewhere
    TrialResult cnn =
        example.train(example.spec.training().candidates().get(1), new Interruption(), 7, 2);
    assertThat(example.measured(cnn, Metrics.ACCURACY)).isGreaterThan(0.88);
  }
}
