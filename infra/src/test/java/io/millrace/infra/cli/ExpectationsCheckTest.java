package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.inference.profile.Profile;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules over a folder of Parquet, by this process. */
class ExpectationsCheckTest {
  @TempDir Path folder;

  @BeforeEach
  void parquet() throws Exception {
    Files.createDirectories(folder.resolve("data/table"));
    try (DuckDb db = DuckDb.open(1, folder.resolve("spill"))) {
      db.run(
          "COPY (SELECT i AS age, 'k' || i % 3 AS kind, i % 2 AS y FROM range(100) r(i)) TO '"
              + folder.resolve("data/table/part.parquet")
              + "' (FORMAT parquet)");
    }
  }

  /** No command here asks a server. */
  private Cli cli() {
    WorkflowServiceStubs nobody =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:1").build());
    return new Cli(folder.resolve("home"), WorkflowClient.newInstance(nobody));
  }

  private String spec(String rules) throws Exception {
    return Files.writeString(
            folder.resolve("pipeline.yaml"),
            """
            model: m
            task: binary
            data:
              source: {parquet: table/}
              target: y
              expectations:
            %s
            """
                .formatted(rules.indent(4)))
        .toString();
  }

  private Cli.Answer check(String rules, String... more) throws Exception {
    String[] args = new String[5 + more.length];
    args[0] = "expectations";
    args[1] = "check";
    args[2] = spec(rules);
    args[3] = "file:" + folder.resolve("data/table") + "/";
    args[4] = "--json";
    System.arraycopy(more, 0, args, 5, more.length);
    return cli().run(args);
  }

  @Test
  void rulesThatHold_areOutcomes_withTheQuarantineAndAProfile() throws Exception {
    Path profile = folder.resolve("profile.json");
    Cli.Answer answer =
        check(
            "- {column: age, range: [10, null], on-break: drop, max-dropped: 50%}",
            "--quarantine", "3", "--profile", profile.toString());
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    assertThat(json.get("rows").asLong()).isEqualTo(100);
    assertThat(json.get("kept").asLong()).isEqualTo(90);
    assertThat(json.get("expectations").get(0).get("sentence").asText())
        .isEqualTo("age in [10.0, …]: 10 of 100 rows break it");
    assertThat(json.get("quarantine")).hasSize(3);
    assertThat(Profile.fromJson(Files.readAllBytes(profile)).rows()).isEqualTo(100);
  }

  @Test
  void aTableThatWouldBeRefused_isExitCode1_andWhatIsNotThere_2() throws Exception {
    Cli.Answer answer = check("- {column: age, range: [0, 50]}");
    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.FAILED);
    assertThat(answer.json().get("refused").get(0).asText())
        .isEqualTo("49 of 100 rows (expected: age in [0.0, 50.0])");
    assertThat(cli().run("expectations", "check", spec("[]"), "x"))
        .satisfies(
            bad -> {
              assertThat(bad.code()).isEqualTo(ExitCode.BAD_INPUT);
              assertThat(bad.err()).contains("DATA: x (expected: s3://bucket/prefix/");
            });
  }
}
