package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From nothing to a live model, then traffic that drifts half way: seen, retrained, rolled out. */
class EndToEndIT {
  private static final Set<String> DRIFTED =
      Set.of("car_value", "loan_length", "repaid_loan_on_prev_car", "salary_range");

  @TempDir Path home;

  @Test
  void quickstart_thenDriftingTraffic_endsInANewChampionWithoutAHand() throws Exception {
    try (LocalMachine machine = new LocalMachine(home)) {
      Answer quick = machine.cli(Duration.ofMinutes(5), "quickstart", "--json");
      assertThat(quick.exit()).as(quick.err()).isZero();
      JsonNode credit = quick.json();
      assertThat(credit.at("/metrics/roc_auc/value").asDouble()).isGreaterThanOrEqualTo(0.76);
      assertThat(credit.at("/metrics/roc_auc/low").asDouble())
          .isLessThan(credit.at("/metrics/roc_auc/value").asDouble());
      assertThat(credit.at("/metrics/roc_auc/high").asDouble())
          .isGreaterThan(credit.at("/metrics/roc_auc/value").asDouble());
      assertThat(credit.path("version").asText()).isEqualTo("credit-default@1");
      assertThat(credit.path("ui").asText()).startsWith("http://127.0.0.1:");
      assertThat(Path.of(credit.path("report").asText())).isRegularFile();
      assertThat(get(credit.path("endpoint").asText() + "/v2/health/ready")).isEqualTo(200);
      System.out.println("quickstart stages, seconds: " + credit.path("stages"));

      Path example = LocalMachine.root().resolve("infra/examples/car-loan");
      Answer first =
          machine.cli(
              Duration.ofMinutes(5), "run", example.resolve("pipeline.yaml").toString(), "--json");
      assertThat(first.exit()).as(first.err()).isZero();
      System.out.println("car-loan stages, seconds: " + first.json().path("stages"));
      Answer replay =
          machine.cli(
              Duration.ofMinutes(3),
              "replay",
              "car-loan",
              "--input",
              example.resolve("data/synthetic_car_loan_analysis.csv.gz").toString(),
              "--id",
              "id",
              "--rows-per-window",
              "5000",
              "--labels",
              example.resolve("data/synthetic_car_loan_analysis_target.csv.gz").toString(),
              "--json");
      assertThat(replay.exit()).as(replay.err()).isZero();

      LocalMachine.await(
          "version 2 as champion", Duration.ofMinutes(4), () -> champion(machine) == 2);
      assertWindows(machine);
      // the next checks see the same drift; the cooldown keeps them from training again
      int checks = machine.store().list("endpoints/car-loan/drift/").size();
      LocalMachine.await(
          "two more checks",
          Duration.ofMinutes(2),
          () -> machine.store().list("endpoints/car-loan/drift/").size() >= checks + 2);
      assertThat(runs(machine, "car-loan")).containsExactly("car-loan-1", "car-loan-2");
      JsonNode alerts =
          machine.cli(Duration.ofMinutes(1), "alerts", "car-loan", "--all", "--json").json();
      assertThat(alerts.at("/over/0/rule").asText()).as(alerts.toString()).isEqualTo("drift");
      assertThat(alerts.at("/over/0/subject").asText()).isEqualTo("version 1");
      assertThat(alerts.at("/over/0/told").toString()).isEqualTo("[\"opened\",\"recovered\"]");
      assertThat(machine.cli(Duration.ofMinutes(1), "audit", "verify").exit()).isZero();
    }
  }

  private static void assertWindows(LocalMachine machine) throws IOException {
    List<Long> seen = new ArrayList<>();
    for (String key : machine.store().list("endpoints/car-loan/drift/")) {
      if (!key.endsWith(".json") || key.contains("/reports/")) {
        continue;
      }
      JsonNode report =
          PayloadJson.mapper().readTree(machine.store().get(key).orElseThrow()).path("report");
      for (JsonNode window : report.path("windows")) {
        if (window.path("columns").isEmpty()) {
          continue;
        }
        long row = window.path("firstRow").asLong();
        seen.add(row);
        Set<String> drifted = new TreeSet<>();
        window
            .path("columns")
            .forEach(
                column -> {
                  if (column.path("drifted").asBoolean()) {
                    drifted.add(column.path("column").asText());
                  }
                });
        if (row <= 25_000) {
          assertThat(drifted).as("window from row " + row).isEmpty();
        } else {
          // the score moves with its inputs and is reported beside them
          drifted.remove("prediction");
          assertThat(drifted).as("window from row " + row).isEqualTo(DRIFTED);
        }
      }
    }
    assertThat(seen)
        .containsExactly(1L, 5001L, 10001L, 15001L, 20001L, 25001L, 30001L, 35001L, 40001L, 45001L);
  }

  private static int champion(LocalMachine machine) {
    List<String> entries = machine.store().list("models/car-loan/aliases/champion/");
    try {
      return entries.isEmpty()
          ? 0
          : PayloadJson.mapper()
              .readTree(machine.store().get(entries.getLast()).orElseThrow())
              .at("/version/version")
              .asInt();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> runs(LocalMachine machine, String model) {
    return machine.store().list("runs/" + model + "-").stream()
        .map(key -> key.split("/")[1])
        .distinct()
        .toList();
  }

  private static int get(String url) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }
}
