package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.TrialRequests;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrialsCommandTest {
  @TempDir Path home;
  private WorkflowServiceStubs nobody;
  private Cli cli;

  @BeforeEach
  void open() {
    nobody = WorkflowServiceStubs.newLocalServiceStubs();
    cli = new Cli(home, WorkflowClient.newInstance(nobody));
    // one whose node vanished, then diverged; one that is under way
    attempt(0, "node-a", log -> log.begun(null));
    attempt(
        0,
        "node-b",
        log -> {
          log.begun("runs/credit-3/checkpoints/trial-x/000000000040/manifest.json");
          log.moved(2, 10, 0.5);
          log.measured(0.71);
          log.failed(Trial.diverged("loss", 3, 41));
        });
    attempt(1, "node-a", log -> log.begun(null));
  }

  @AfterEach
  void close() {
    nobody.shutdownNow();
  }

  private void attempt(int trial, String node, Consumer<AttemptLog> work) {
    TrialRequest request =
        TrialRequests.of(
            new RunRef("credit-3", "credit", null),
            trial,
            new CandidateSpec("mlp", Map.of("dropout", 0.1 * trial)));
    Journal.Attempt attempt =
        new Journal(cli.store)
            .started(
                "credit-3",
                new Journal.Attempt(
                    0, "TrainFit", Journal.inputDigest(request), Instant.now(), 1, node, null));
    Journal.during(
        attempt,
        () -> {
          work.accept(AttemptLog.open(cli.store, request, null));
          return true;
        });
  }

  @Test
  void trials_ofARun_areListedTheBestFirst() {
    Cli.Answer answer = cli.run("trials", "credit-3");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.out().lines().toList().getFirst())
        .isEqualTo("credit-3: 2 trials, the best first");
    assertThat(answer.out().lines().toList().get(2))
        .matches(" +0 +mlp +diverged +0\\.7100 +2 .* 2 +0 +- +dropout 0");
    assertThat(answer.out().lines().toList().get(3))
        .matches(" +1 +mlp +open +- +- .*dropout 0\\.1");
    JsonNode json = cli.run("trials", "--json", "credit-3").json();
    assertThat(json.path("trials")).hasSize(2);
    assertThat(json.path("trials").path(0).path("attempts").path(0).path("how").asText())
        .isEqualTo("lost");
    assertThat(json.path("trials").path(1).path("attempts").path(0).path("how").asText())
        .isEqualTo("open");
  }

  @Test
  void trials_ofARunThatCost_shareItByTheirTimeOnNodes() throws IOException {
    Costs costs = new Costs(1.2, 0.3, 0.1, 2.4, 9, 40, 0, 0);
    cli.store.put(
        "runs/credit-3/report.json",
        PayloadJson.mapper().writeValueAsBytes(Map.of("costs", costs)));

    Cli.Answer answer = cli.run("trials", "credit-3");
    JsonNode json = cli.run("trials", "--json", "credit-3").json();

    // the other is under way: nobody knows for how long
    assertThat(answer.out().lines().toList().get(1)).contains(" USD ");
    assertThat(answer.out().lines().toList().get(2)).matches(" +0 .* 1\\.50 +dropout 0");
    assertThat(json.path("costByTrial").path("0").asDouble()).isCloseTo(1.5, within(1e-12));
    assertThat(json.path("costByTrial").path("1").asDouble()).isZero();
    assertThat(json.path("costs").path("saved").asDouble()).isEqualTo(2.4);
    assertThat(cli.run("trials", "credit-3", "0").out()).contains("cost        1.50 USD");
    cli.store.put("runs/credit-3/report.json", "{".getBytes(StandardCharsets.UTF_8));
    assertThat(cli.run("trials", "--json", "credit-3").json().has("costs")).isFalse();
  }

  @Test
  void trials_ofOneTrial_tellsItsAttemptsAndItsCurve() {
    Cli.Answer answer = cli.run("trials", "credit-3", "0");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.out())
        .contains("credit-3, trial 0: diverged")
        .contains("on node-a, from step 0: lost after")
        .contains("it was never heard of; node-b took over")
        .contains("on node-b, from step 40: diverged after")
        .contains("loss: not a finite number in epoch 3, step 41")
        .containsPattern("epoch +roc-auc +loss\\R +2 +0\\.7100 +0\\.5000");
    assertThat(cli.run("trials", "--json", "credit-3", "0").json().path("curve")).hasSize(1);
  }

  @Test
  void trials_ofNothing_isCodeTwo() {
    Cli.Answer number = cli.run("trials", "credit-3", "7");
    assertThat(number.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(number.err()).contains("N: 7 (expected: one of [0, 1])");
  }
}
