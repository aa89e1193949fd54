package io.millrace.activities.trials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.TrialRequests;
import io.millrace.activities.trials.TrialAttempt.How;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.temporal.client.ActivityCanceledException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttemptLogTest {
  private static final TrialRequest REQUEST =
      TrialRequests.mlp(new DatasetRef("sample", "d".repeat(64), 10), 4, Duration.ofHours(1));

  @TempDir Path folder;
  private FileStore store;

  @BeforeEach
  void open() {
    store = new FileStore(folder);
  }

  private TrialAttempt attempt(java.util.function.Consumer<AttemptLog> work) {
    Journal.Attempt attempt =
        new Journal(store)
            .started(
                "sample-1",
                new Journal.Attempt(
                    0, "TrainFit", Journal.inputDigest(REQUEST), Instant.now(), 1, "node", null));
    Journal.during(
        attempt,
        () -> {
          work.accept(AttemptLog.open(store, REQUEST, null));
          return true;
        });
    return new Trials(store).of("sample-1").getFirst().attempts().getLast();
  }

  @Test
  void measured_ofManyEpochs_keepsABoundedCurveOverAllOfThem() {
    TrialAttempt attempt =
        attempt(
            log -> {
              log.begun(null);
              for (int epoch = 1; epoch <= 5000; epoch++) {
                log.moved(epoch, 10, epoch % 2 == 0 ? 0.5 : Double.NaN);
                log.measured(epoch);
              }
              log.failed(new IllegalStateException("x".repeat(10_000)));
            });

    TrialAttempt.End end = Objects.requireNonNull(attempt.end());
    assertThat(end.curve()).hasSizeBetween(AttemptLog.POINTS / 2, AttemptLog.POINTS);
    assertThat(end.curve().getLast().epoch()).isGreaterThan(4900);
    assertThat(end.curve()).allMatch(p -> Objects.equals(p.objective(), (double) p.epoch()));
    assertThat(end.reason()).hasSize(500).endsWith("…");
    assertThat(end.how()).isEqualTo(How.FAILED);
    assertThat(end.step()).isEqualTo(5000);
    assertThat(store.list("runs/sample-1/trials/"))
        .allMatch(key -> store.sizeBytes(key).orElseThrow() < 64_000);
  }

  @Test
  void failed_whenItsResultIsNoLongerWanted_isCancelled() {
    TrialAttempt attempt = attempt(log -> log.failed(new ActivityCanceledException()));

    assertThat(Objects.requireNonNull(attempt.end()).how()).isEqualTo(How.CANCELLED);
    assertThat(Objects.requireNonNull(attempt.origin()).step()).isZero();
  }

  @Test
  void failed_ofADivergedTrial_keepsWhereAndWhatItHadLearned() {
    TrialAttempt attempt =
        attempt(
            log -> {
              log.begun(null);
              log.moved(1, 10, 0.5);
              log.measured(0.7);
              log.moved(2, 10, Double.NaN);
              log.failed(Trial.diverged("loss", 2, 2));
            });

    TrialAttempt.End end = Objects.requireNonNull(attempt.end());
    assertThat(end.how()).isEqualTo(How.DIVERGED);
    assertThat(end.type()).isEqualTo("TRAINING_DIVERGED");
    assertThat(end.reason()).contains("loss: not a finite number in epoch 2, step 2");
    assertThat(end.curve()).containsExactly(new TrialAttempt.Point(1, 0.7, 0.5));
    TrialRecord trial = new Trials(store).of("sample-1").getFirst();
    assertThat(trial.state()).isEqualTo(TrialRecord.State.DIVERGED);
    assertThat(trial.objective()).isEqualTo(0.7);
    assertThat(trial.result()).isNull();
  }

  @Test
  void open_withTwoVanishedBefore_endsBoth() {
    attempt(log -> log.begun("runs/sample-1/checkpoints/trial-x/000000000007/manifest.json"));
    attempt(log -> {});
    attempt(log -> log.begun(null));

    TrialRecord trial = new Trials(store).of("sample-1").getFirst();
    assertThat(trial.state()).isEqualTo(TrialRecord.State.OPEN);
    assertThat(trial.attempts())
        .extracting(a -> a.end() == null ? null : a.end().how())
        .containsExactly(How.LOST, How.LOST, null);
    assertThat(Objects.requireNonNull(trial.attempts().getFirst().origin()).step()).isEqualTo(7);
    assertThat(Objects.requireNonNull(trial.attempts().getFirst().end()).reason())
        .isEqualTo("it was never heard of; node took over");
  }

  @Test
  void open_outsideAnActivity_keepsNothing() {
    AttemptLog log = AttemptLog.open(store, REQUEST, null);
    log.begun(null);
    log.moved(1, 10, 0.5);
    log.measured(0.7);
    log.failed(Failures.of(FailureType.SPOT_INTERRUPTED, "stop"));

    assertThat(store.list("")).isEmpty();
  }

  @Test
  void of_aDamagedRecord_isStoreCorrupt() {
    attempt(log -> log.begun(null));
    String key =
        store.list("runs/sample-1/trials/").stream()
            .filter(k -> k.endsWith("-origin.json"))
            .findFirst()
            .orElseThrow();
    store.put(key, new byte[] {'{'});

    assertThatThrownBy(() -> new Trials(store).of("sample-1"))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT))
        .hasMessageContaining(key + " (expected: JSON, Origin)");
  }
}
