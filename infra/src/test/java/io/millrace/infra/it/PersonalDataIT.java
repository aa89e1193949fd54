package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run on a table of (invented) people: what it hides stands nowhere it could be read again, not
 * in the store, not in a history, not in a log.
 */
final class PersonalDataIT {
  /** What a value looks like; a value is looked for by equality, so that 1,000 cost one pass. */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._%+'@-]+");

  private static final String SPEC =
      """
      model: people
      task: binary
      data:
        source: {csv: people.csv}
        target: gender
        positive: Male
        exclude: [title, registration_dttm, country, comments]
        columns: {salary: number}
        expectations:
          - {column: salary, range: [20000, null], on-break: drop, max-dropped: 50%}
          - {column: cc, regex: "[0-9]*", on-break: warn}
      training:
        max-epochs: 2
        candidates: [{family: linear}]
      gates: [{metric: roc-auc, floor: 0.01}]
      deployment:
        rollout: {steps: ["100%"], bake: 1s, min-requests: 0}
      """;

  @TempDir Path home;

  @Test
  void aRunOnPeople_leavesNoValueInStoreHistoryOrLog() throws Exception {
    Set<String> secrets = people();
    assertThat(secrets).hasSizeGreaterThan(709 + 984 + 1000 - 50);
    try (LocalMachine machine = new LocalMachine(home.resolve("machine"))) {
      machine.up();
      LocalMachine.Answer run =
          machine.cli(
              Duration.ofMinutes(4), "run", home.resolve("pipeline.yaml").toString(), "--json");
      assertThat(run.err() + run.out()).as("the run").contains("people-1");

      List<String> seen = new ArrayList<>();
      seen.addAll(found("cli", run.out() + run.err(), secrets));
      seen.addAll(histories(machine, secrets));
      List<Path> files = files(home.resolve("machine"));
      assertThat(files.stream().map(Path::toString))
          .anyMatch(f -> f.endsWith("part-train.parquet"))
          .anyMatch(f -> f.contains("quarantine"))
          .anyMatch(f -> f.endsWith("worker.log"))
          .anyMatch(f -> f.contains("temporal.db"));
      for (Path file : files) {
        seen.addAll(found(file.toString(), text(file), secrets));
      }
      assertThat(seen).isEmpty();
      // the search itself finds what is there
      assertThat(found("source", Files.readString(home.resolve("people.csv")), secrets))
          .hasSize(secrets.size());
    }
  }

  /** Cards, e-mail and IP addresses of the table, which is written to the home folder. */
  private Set<String> people() throws Exception {
    Path source = home.resolve("people.csv");
    Path gz = LocalMachine.root().resolve("activities/src/test/resources/data/userdata1.csv.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(gz))) {
      Files.copy(in, source);
    }
    // rows without a target are left out by the run; they must not be found either
    Files.writeString(home.resolve("pipeline.yaml"), SPEC);
    Set<String> secrets = new HashSet<>();
    try (DuckDb db = DuckDb.open(1, home.resolve("spill"))) {
      db.rows(
              "SELECT unnest([cc, email, ip_address]) FROM read_csv(%s, all_varchar = true)"
                  .formatted(DuckDb.text(source.toString())))
          .forEach(
              row -> {
                if (row.getFirst() != null) {
                  secrets.add(String.valueOf(row.getFirst()));
                }
              });
    }
    return secrets;
  }

  private static List<String> histories(LocalMachine machine, Set<String> secrets) {
    WorkflowServiceStubs stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget("127.0.0.1:" + machine.config().temporal().port())
                .build());
    try {
      WorkflowClient client =
          WorkflowClient.newInstance(
              stubs, WorkflowClientOptions.newBuilder().setNamespace("default").build());
      TreeMap<String, String> histories = new TreeMap<>();
      client
          .listExecutions("")
          .forEach(
              w -> {
                WorkflowExecutionHistory history =
                    client.fetchHistory(
                        w.getExecution().getWorkflowId(), w.getExecution().getRunId());
                histories.put(w.getExecution().getWorkflowId(), decoded(history.toJson(false)));
              });
      assertThat(histories.keySet()).anyMatch(id -> id.startsWith("ModelPipeline:people"));
      List<String> seen = new ArrayList<>();
      histories.forEach((id, json) -> seen.addAll(found(id, json, secrets)));
      return seen;
    } finally {
      stubs.shutdownNow();
    }
  }

  /** Payloads are base64 in a history's JSON: each is written out behind it. */
  private static String decoded(String json) {
    StringBuilder all = new StringBuilder(json);
    Matcher data = Pattern.compile("\"data\"\\s*:\\s*\"([A-Za-z0-9+/=]+)\"").matcher(json);
    while (data.find()) {
      try {
        all.append('\n')
            .append(
                new String(
                    java.util.Base64.getDecoder().decode(data.group(1)), StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        all.append('\n').append(data.group(1));
      }
    }
    assertThat(all.length()).isGreaterThan(json.length());
    return all.toString();
  }

  private static List<Path> files(Path root) throws Exception {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile).filter(f -> !f.toString().endsWith(".jar")).toList();
    }
  }

  private String text(Path file) throws Exception {
    String name = file.toString();
    if (name.endsWith(".parquet")) {
      try (DuckDb db = DuckDb.open(1, home.resolve("spill"))) {
        return db.rows(
                "SELECT CAST(t AS VARCHAR) FROM read_parquet(%s) AS t".formatted(DuckDb.text(name)))
            .toString();
      }
    }
    if (name.endsWith(".gz")) {
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
        return String.join("\n", in.lines().toList());
      }
    }
    // a database's pages hold texts as they are
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  private static List<String> found(String where, String text, Set<String> secrets) {
    Set<String> seen = new HashSet<>();
    Matcher word = WORD.matcher(text);
    while (word.find()) {
      if (secrets.contains(word.group())) {
        seen.add(where + ": " + word.group());
      }
    }
    return List.copyOf(seen);
  }
}
