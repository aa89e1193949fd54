package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code kill -9} at random batches; the weights come out as if nothing had happened, and training
 * stops early at the same epoch, with as many threads as the engine was given.
 */
class KillResumeIT {
  @TempDir Path work;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fit_killedAtRandomBatches_endsWithTheSamePackage(int threads) throws Exception {
    TrialRequest request =
        survive(credit -> TrialRequests.impatient(credit, threads, Duration.ofMillis(20)), threads);
    assertThat(result("calm").epochs()).isLessThan(request.maxEpochs());
    assertThat(result("calm").bestEpoch()).isEqualTo(result("calm").epochs() - request.patience());
  }

  @Test
  void fit_ofTreesKilledAtRandomRounds_endsWithTheSamePackage() throws Exception {
    survive(credit -> TrialRequests.trees(credit, 2, Duration.ofMillis(20)), 2);
    // ten rounds stand for an epoch of patience
    assertThat(result("calm").bestEpoch()).isEqualTo(result("calm").epochs() - 50);
  }

  private TrialRequest survive(Function<DatasetRef, TrialRequest> wanted, int threads)
      throws Exception {
    ObjectStore calm = new FileStore(work.resolve("calm"));
    ObjectStore storm = new FileStore(work.resolve("storm"));
    DatasetRef credit = TestDatasets.credit(calm, work.resolve("parts"));
    // the same parts: DuckDB's files are not promised to be equal twice
    for (String key : calm.list(credit.prefix())) {
      storm.create(key, calm.get(key).orElseThrow());
    }
    TrialRequest request = wanted.apply(credit);
    Files.write(work.resolve("request.json"), PayloadJson.mapper().writeValueAsBytes(request));

    Process undisturbed = start("calm", threads);
    assertThat(undisturbed.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(undisturbed.exitValue()).as(log("calm")).isZero();

    SplittableRandom random = new SplittableRandom(System.nanoTime());
    int kills = 0;
    int before = 0;
    while (kills < 3) {
      Process victim = start("storm", threads);
      // a random number of checkpoints later, most of them inside an epoch
      int more = 1 + random.nextInt(4);
      while (victim.isAlive() && newest(storm) < before + more) {
        Thread.sleep(random.nextInt(1, 5));
      }
      victim.destroyForcibly().waitFor();
      kills++;
      before = newest(storm);
    }
    assertThat(before).isPositive();
    Process last = start("storm", threads);
    assertThat(last.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(last.exitValue()).as(log("storm")).isZero();
    assertThat(result("storm")).isEqualTo(result("calm"));
    told(new Trials(storm).of("sample-1").getFirst(), kills);
    return request;
  }

  /** Each killed attempt has left its start, and the next one has said how it ended. */
  private static void told(TrialRecord trial, int kills) {
    assertThat(trial.attempts()).hasSize(kills + 1);
    assertThat(trial.attempts()).extracting(TrialAttempt::node).doesNotHaveDuplicates();
    for (int i = 0; i <= kills; i++) {
      TrialAttempt attempt = trial.attempts().get(i);
      assertThat(Objects.requireNonNull(attempt.end()).how())
          .isEqualTo(i < kills ? TrialAttempt.How.LOST : TrialAttempt.How.FINISHED);
      if (i == kills) {
        assertThat(Objects.requireNonNull(attempt.origin()).step()).isPositive();
      }
    }
    assertThat(trial.interruptions()).isEqualTo(kills);
  }

  private String log(String store) throws Exception {
    return Files.readString(work.resolve("logs").resolve(store + ".log"));
  }

  /** Highest step that has a checkpoint; 0 for none. */
  private static int newest(ObjectStore store) {
    return store.list("runs/").stream()
        .filter(key -> key.endsWith("/manifest.json") && key.contains("/checkpoints/"))
        .mapToInt(key -> Integer.parseInt(key.replaceAll(".*/(\\d+)/manifest.json", "$1")))
        .max()
        .orElse(0);
  }

  private Process start(String store, int threads) throws Exception {
    JavaLaunch launch =
        new JavaLaunch(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            List.of(
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.pytorch.num_threads=" + threads,
                "-Dai.djl.pytorch.num_interop_threads=1"),
            Map.of("OMP_NUM_THREADS", Integer.toString(threads)),
            work.resolve("logs"));
    return launch.start(
        TrainingProcess.class.getName(),
        List.of(
            work.resolve(store).toString(),
            work.resolve("scratch-" + store).toString(),
            work.resolve("request.json").toString(),
            work.resolve(store + ".json").toString()),
        List.of(),
        store);
  }

  private TrialResult result(String store) throws Exception {
    return PayloadJson.mapper()
        .readValue(Files.readAllBytes(work.resolve(store + ".json")), TrialResult.class);
  }
}
