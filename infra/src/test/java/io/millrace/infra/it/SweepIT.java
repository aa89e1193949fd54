package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.infra.it.LocalMachine.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of everything in the middle of a sweep. */
final class SweepIT {
  private static final Duration LONG = Duration.ofMinutes(6);
  private static final int TRIALS = 9;

  @TempDir Path home;

  @Test
  void sweep_whoseWorkerServerAndNodesAreKilled_losesAndRepeatsNoTrial() throws Exception {
    long seed = System.nanoTime();
    System.out.println("SweepIT seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (LocalMachine machine = new LocalMachine(home)) {
      machine.up();
      Answer started = machine.cli(LONG, "run", spec().toString(), "--detach", "--json");
      assertThat(started.exit()).as(started.err()).isZero();
      String run = started.json().path("run").asText();

      finished(machine, run, 1 + random.nextInt(2));
      kill(machine, "WorkerMain");
      finished(machine, run, 4);
      kill(machine, "TrainerMain");
      kill(machine, "server start-dev");
      finished(machine, run, 7);
      kill(machine, "WorkerMain");

      Answer end = machine.cli(LONG, "watch", run, "--json");
      assertThat(end.exit()).as(end.err() + end.out()).isZero();
      assertThat(end.json().path("version").asText()).isEqualTo("sweep-me@1");
      Journal journal = new Journal(machine.store());
      List<JsonNode> results = results(journal, run);
      // a proposal is kept before its trial starts, a result when it has ended: none is lost
      assertThat(results).hasSameSizeAs(machine.store().list("runs/" + run + "/search/"));
      assertThat(results)
          .extracting(result -> result.path("trial").asInt() + " " + result.path("epochs").asInt())
          .doesNotHaveDuplicates();
      assertThat(results.stream().map(result -> result.path("trial").asInt()).distinct())
          .hasSize(TRIALS);
      assertThat(results).filteredOn(result -> result.path("paused").asBoolean()).isNotEmpty();
      assertThat(results).filteredOn(result -> !result.path("paused").asBoolean()).isNotEmpty();
      for (Journal.Entry entry : journal.entries(run)) {
        assertThat(journal.attemptsOf(run))
            .filteredOn(
                attempt ->
                    attempt.activity().equals(entry.activity())
                        && attempt.inputDigest().equals(entry.inputDigest()))
            .as(entry.activity() + ": work begun after it was finished")
            .allSatisfy(
                attempt -> assertThat(attempt.started()).isBeforeOrEqualTo(entry.finished()));
      }
    }
  }

  private static List<JsonNode> results(Journal journal, String run) {
    return journal.entries(run).stream()
        .filter(entry -> entry.activity().equals("TrainFit"))
        .map(Journal.Entry::result)
        .toList();
  }

  private static void finished(LocalMachine machine, String run, int trials) {
    Journal journal = new Journal(machine.store());
    LocalMachine.await(trials + " results", LONG, () -> results(journal, run).size() >= trials);
  }

  private static void kill(LocalMachine machine, String what) {
    List<ProcessHandle> found = machine.processes(what);
    System.out.println("kill -9 " + what + ": " + found.stream().map(ProcessHandle::pid).toList());
    found.forEach(LocalMachine::kill9);
  }

  private Path spec() throws IOException {
    Path file = home.resolve("pipeline.yaml");
    Files.writeString(
        file,
        """
        model: sweep-me
        task: binary
        data:
          source: {csv: "%s"}
          target: default.payment.next.month
          positive: "1"
          id: ID
        training:
          seed: 11
          max-epochs: 9
          patience: 9
          candidates:
            - {family: linear}
            - family: mlp
              search:
                hidden: {choice: [[16], [32], [32, 16]]}
                learning-rate: {log: [0.0003, 0.01]}
                dropout: {real: [0, 0.5]}
          search: {method: asha, trials: %d, parallel: 2, reduction: 3, min-epochs: 1}
          checkpoint: {every: 1s, keep: 2}
        gates:
          - {metric: roc-auc, floor: 0.6}
        deployment:
          target: {local: {port: 0}}
          rollout: {steps: [100%%], bake: 1s, min-requests: 1}
        watch:
          schedule: {every: 1h}
          window: {last: 1h, min-rows: 100}
        """
            .formatted(
                LocalMachine.root()
                    .resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz"),
                TRIALS));
    return file;
  }
}
