package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialAttempt.How;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real attempts at a trial leave in the store. */
class TrialRecordsTest {
  @TempDir Path work;
  private FileStore store;
  private Journal journal;
  private DatasetRef rows;

  @BeforeEach
  void publish() throws Exception {
    store = new FileStore(work.resolve("store"));
    journal = new Journal(store);
    rows =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS x, (i * 37 % 101 > 50)::INT::VARCHAR"
                + " AS y FROM range(4000) t(i)",
            List.of("0", "1"));
  }

  @Test
  void fit_interrupted_recordsBothAttemptsAndRepeatsNoStep() {
    TrialRequest request = request("storm-1", null, Map.of("hidden", List.of(4)));
    Interruption now = new Interruption();
    now.request();
    assertThatThrownBy(() -> attempt(request, "node-a", now, null))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED));
    assertThat(one("storm-1").state()).isEqualTo(TrialRecord.State.INTERRUPTED);
    TrialResult result = attempt(request, "node-b", new Interruption(), null);

    TrialRecord trial = one("storm-1");
    assertThat(trial.requests()).containsExactly(Map.entry(Journal.inputDigest(request), request));
    assertThat(trial.result()).isEqualTo(result);
    assertThat(trial.state()).isEqualTo(TrialRecord.State.FINISHED);
    assertThat(trial.objective()).isEqualTo(result.validation().getFirst().value());
    assertThat(trial.attempts()).extracting(TrialAttempt::node).containsExactly("node-a", "node-b");
    assertThat(trial.attempts()).extracting(TrialAttempt::seq).containsExactly(1L, 2L);
    TrialAttempt.End first = Objects.requireNonNull(trial.attempts().getFirst().end());
    assertThat(first.how()).isEqualTo(How.INTERRUPTED);
    assertThat(first.type()).isEqualTo("SPOT_INTERRUPTED");
    assertThat(first.reason()).contains("asked to stop at step 1");
    TrialAttempt.Origin second = Objects.requireNonNull(trial.attempts().get(1).origin());
    assertThat(second.step()).isEqualTo(1);
    assertThat(second.reached()).isEqualTo(1);
    assertThat(second.repeated()).isZero();
    assertThat(second.checkpoint()).contains("/000000000001/");
    assertThat(second.platform()).isEqualTo(Platform.current());
    assertThat(trial.curve()).hasSize(result.epochs());
    assertThat(trial.curve()).extracting(TrialAttempt.Point::epoch).startsWith(1, 2);
    assertThat(trial.curve()).allMatch(p -> p.objective() != null && p.loss() != null);
    assertThat(trial.interruptions()).isEqualTo(1);
  }

  @Test
  void fit_afterANodeVanished_tellsHowTheLastOneEndedAndWhatIsRepeated() {
    TrialRequest request = request("gone-1", null, Map.of("hidden", List.of(4)));
    Interruption now = new Interruption();
    now.request();
    // leaves a checkpoint at step 1
    assertThatThrownBy(() -> attempt(request, "node-a", now, null)).hasMessageContaining("step 1");
    // dies before it could say a word
    start(request, "node-b");
    TrialProgress heard =
        new TrialProgress(0, "mlp", 1, 0.1, 0.6, null, 9, 9.0, null, "node-b", 9L);
    attempt(request, "node-c", new Interruption(), heard);

    TrialRecord trial = one("gone-1");
    TrialAttempt.End lost = Objects.requireNonNull(trial.attempts().get(1).end());
    assertThat(lost.how()).isEqualTo(How.LOST);
    assertThat(lost.reason())
        .isEqualTo("it was last heard of in epoch 1, step 9; node-c took over");
    assertThat(lost.step()).isEqualTo(9);
    TrialAttempt.Origin third = Objects.requireNonNull(trial.attempts().get(2).origin());
    assertThat(third.step()).isEqualTo(1);
    assertThat(third.reached()).isEqualTo(9);
    assertThat(third.repeated()).isEqualTo(8);
    assertThat(trial.repeated()).isEqualTo(8);
    assertThat(trial.interruptions()).isEqualTo(2);
  }

  @Test
  void fit_pausedAndLetGoOn_isOneTrial() {
    TrialRequest whole = request("pause-1", null, Map.of("hidden", List.of(4)));
    TrialRequest first = TrialRequests.pausing(whole, 1);
    assertThat(attempt(first, "node-a", new Interruption(), null).paused()).isTrue();
    assertThat(one("pause-1").state()).isEqualTo(TrialRecord.State.PAUSED);
    TrialResult result = attempt(whole, "node-b", new Interruption(), null);

    TrialRecord trial = one("pause-1");
    assertThat(trial.requests().values()).containsExactlyInAnyOrder(first, whole);
    assertThat(trial.result()).isEqualTo(result);
    assertThat(trial.state()).isEqualTo(TrialRecord.State.FINISHED);
    assertThat(trial.attempts())
        .extracting(a -> Objects.requireNonNull(a.end()).how())
        .containsExactly(How.PAUSED, How.FINISHED);
    assertThat(trial.repeated()).isZero();
    assertThat(trial.curve()).extracting(TrialAttempt.Point::epoch).containsExactly(1, 2, 3);
    assertThat(new Trials(store).find("pause-1", Journal.inputDigest(whole))).contains(trial);
  }

  @Test
  void of_aRunThatResumesAnother_hasItsAttemptsToo() {
    TrialRequest first = request("early-1", null, Map.of());
    Interruption now = new Interruption();
    now.request();
    assertThatThrownBy(() -> attempt(first, "node-a", now, null)).hasMessageContaining("step 1");
    attempt(request("late-2", "early-1", Map.of()), "node-b", new Interruption(), null);

    TrialRecord trial = one("late-2");
    assertThat(trial.attempts()).extracting(TrialAttempt::run).containsExactly("early-1", "late-2");
    assertThat(Objects.requireNonNull(trial.attempts().get(1).origin()).step()).isEqualTo(1);
    // a run that only took over what was finished has the trial as it was
    Journal.Entry done = journal.entries("late-2").getFirst();
    journal.record("later-3", done);
    assertThat(one("later-3").attempts()).isEqualTo(trial.attempts());
    assertThat(one("later-3").result()).isEqualTo(trial.result());
  }

  private TrialRequest request(
      String run, @Nullable String resumeFrom, Map<String, Object> parameters) {
    return TrialRequests.of(
        new RunRef(run, "sample", resumeFrom),
        Task.BINARY,
        rows,
        new CandidateSpec("mlp", parameters),
        "roc-auc",
        3,
        Duration.ofHours(1));
  }

  private TrialRecord one(String run) {
    return assertThat(new Trials(store).of(run)).hasSize(1).actual().getFirst();
  }

  private Journal.Attempt start(TrialRequest request, String node) {
    return journal.started(
        request.run().runId(),
        new Journal.Attempt(
            0, "TrainFit", Journal.inputDigest(request), Instant.now(), 1, node, null));
  }

  /** As the interceptor does around the activity. */
  private TrialResult attempt(
      TrialRequest request, String node, Interruption interruption, @Nullable TrialProgress heard) {
    Journal.Attempt attempt = start(request, node);
    TrialResult result =
        Journal.during(
            attempt,
            () ->
                new FamilyTrainer(store, work.resolve("scratch"), node, interruption)
                    .fit(request, progress -> {}, heard));
    JsonNode json = PayloadJson.mapper().valueToTree(result);
    journal.record(
        request.run().runId(),
        new Journal.Entry(
            1,
            "TrainFit",
            attempt.inputDigest(),
            request.run().runId(),
            attempt.started(),
            Instant.now(),
            1,
            node,
            json,
            PayloadJson.digest(json)));
    return result;
  }
}
