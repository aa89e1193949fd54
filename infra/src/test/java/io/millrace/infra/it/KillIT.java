package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of a trainer at a random batch, of the worker at a random event, of the Temporal
 * server: the same run completes, nothing finished runs twice, and the model is bit-equal to that
 * of an undisturbed run. The keeper starts again what was killed.
 */
class KillIT {
  private static final Duration LONG = Duration.ofMinutes(6);

  @TempDir Path home;

  @Test
  void run_whileEveryProcessIsKilled_completesWithTheUndisturbedRunsModel() throws Exception {
    long seed = System.nanoTime();
    System.out.println("KillIT seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (LocalMachine machine = new LocalMachine(home)) {
      machine.up();
      Path spec = spec();
      Answer calm = machine.cli(LONG, "run", spec.toString(), "--json");
      assertThat(calm.exit()).as(calm.err()).isZero();
      String undisturbed = digest(machine, 1);

      Answer started = machine.cli(LONG, "run", spec.toString(), "--detach", "--json");
      assertThat(started.exit()).as(started.err()).isZero();
      String run = started.json().path("run").asText();
      assertThat(run).isEqualTo("kill-me-2");

      LocalMachine.await(
          "a checkpoint of the second run",
          LONG,
          () -> checkpoints(machine, run) >= 1 + random.split().nextInt(3));
      kill(machine, "TrainerMain", random, 300);
      kill(machine, "WorkerMain", random, 2_000);
      LocalMachine.await("a node again", LONG, () -> !machine.processes("TrainerMain").isEmpty());
      kill(machine, "TrainerMain", random, 1_500);
      kill(machine, "server start-dev", random, 1_000);
      kill(machine, "WorkerMain", random, 1_000);

      Answer end = machine.cli(LONG, "watch", run, "--json");
      assertThat(end.exit()).as(end.err() + end.out()).isZero();
      assertThat(end.json().path("version").asText()).isEqualTo("kill-me@2");
      assertThat(digest(machine, 2)).isEqualTo(undisturbed);
      assertNothingFinishedRanTwice(machine, run);
      assertThat(machine.store().list("runs/kill-me-3/")).isEmpty();
    }
  }

  private static void kill(
      LocalMachine machine, String what, SplittableRandom random, int withinMillis)
      throws InterruptedException {
    Thread.sleep(random.nextInt(withinMillis));
    List<ProcessHandle> found = machine.processes(what);
    System.out.println("kill -9 " + what + ": " + found.stream().map(ProcessHandle::pid).toList());
    found.forEach(LocalMachine::kill9);
  }

  private static int checkpoints(LocalMachine machine, String run) {
    return machine.store().list("runs/" + run + "/checkpoints/").size();
  }

  private static void assertNothingFinishedRanTwice(LocalMachine machine, String run) {
    Journal journal = new Journal(machine.store());
    List<Journal.Entry> entries = journal.entries(run);
    assertThat(entries.stream().map(Journal.Entry::activity))
        .contains("DataIngest", "TrainFit", "SelectWinner", "GateEvaluate", "RegistryRegister");
    for (Journal.Entry entry : entries) {
      assertThat(journal.attemptsOf(run))
          .filteredOn(
              attempt ->
                  attempt.activity().equals(entry.activity())
                      && attempt.inputDigest().equals(entry.inputDigest()))
          .as(entry.activity() + ": work begun after it was finished")
          .allSatisfy(attempt -> assertThat(attempt.started()).isBeforeOrEqualTo(entry.finished()));
    }
  }

  private static String digest(LocalMachine machine, int version) throws IOException {
    JsonNode json =
        PayloadJson.mapper()
            .readTree(
                machine
                    .store()
                    .get("models/kill-me/versions/" + version + "/version.json")
                    .orElseThrow());
    return json.path("digest").asText();
  }

  /** Long enough to be killed in, short enough to wait for. */
  private Path spec() throws IOException {
    Path file = home.resolve("pipeline.yaml");
    Files.writeString(
        file,
        """
        model: kill-me
        task: binary
        data:
          source: {csv: "%s"}
          target: default.payment.next.month
          positive: "1"
          id: ID
          split: {kind: stratified, test: 0.2, validation: 0.1, seed: 7}
        training:
          seed: 11
          candidates:
            - {family: mlp, hidden: [64, 32], dropout: 0.2}
          max-epochs: 25
          patience: 25
          checkpoint: {every: 1s, keep: 2}
        gates:
          - {metric: roc-auc, floor: 0.7}
        deployment:
          target: {local: {port: 0}}
          rollout: {steps: [50%%, 100%%], bake: 2s, min-requests: 1}
        watch:
          schedule: {every: 1h}
          window: {last: 1h, min-rows: 100}
        """
            .formatted(
                LocalMachine.root()
                    .resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz")));
    return file;
  }
}
