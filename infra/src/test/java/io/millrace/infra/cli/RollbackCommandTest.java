package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The model's steward on the in-memory server; the store has what the command looks at itself. */
@Timeout(120)
final class RollbackCommandTest {
  @TempDir Path folder;
  private TestBed bed;
  private Cli cli;

  @BeforeEach
  void deployTwice() throws IOException {
    bed = new TestBed();
    bed.specs.spec(Samples.withoutBakes());
    cli = new Cli(folder.resolve("home"), bed.client());
    String spec =
        Files.writeString(
                folder.resolve("pipeline.yaml"),
                "model: credit\ndata: {source: {csv: data/credit.csv.gz}, target: default}\n")
            .toString();
    for (int run = 1; run <= 2; run++) {
      Cli.Answer answer = cli.run("run", spec);
      assertThat(answer.code()).as(answer.err()).isZero();
    }
    assertThat(bed.deploy.current()).isEqualTo(Map.of(2, 1.0));
    AliasEntry champion = bed.registry.entries().getLast();
    cli.store.create(
        "models/credit/aliases/champion/0000000001.json",
        PayloadJson.mapper().writeValueAsBytes(champion));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void rollback_movesTrafficByTheStewardAndPrintsOneObject() {
    Cli.Answer answer =
        cli.run("rollback", "credit", "--who", "ann", "--reason", "complaints", "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("to").asInt()).isEqualTo(1);
    assertThat(answer.json().path("from").toString()).isEqualTo("[2]");
    assertThat(answer.json().path("changed").asBoolean()).isTrue();
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
    assertThat(bed.registry.champion().version()).isEqualTo(1);
    assertThat(bed.audit.actions()).endsWith("rollback");
  }

  @Test
  void rollback_toAVersionThatIsNotThere_isCodeTwo() {
    Cli.Answer answer = cli.run("rollback", "credit", "--to", "9");

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("--to: 9 (expected: a version; see models credit)");
  }

  @Test
  void rollback_withoutAReason_isCodeTwoWithTheValidatorsWords() {
    Cli.Answer answer = cli.run("rollback", "credit", "--reason", " ");

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err())
        .contains("millrace: reason: nothing (expected: some text, for the audit log)")
        .contains("what to do: mend the request");
  }

  @Test
  void rollback_ofAnEndpointThatIsDown_isCodeOne() {
    bed.deploy.breakDown("shift", FailureType.ENDPOINT_UNAVAILABLE, "server: down (expected: up)");

    Cli.Answer answer = cli.run("rollback", "credit");

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.FAILED);
    assertThat(answer.err()).contains("server: down (expected: up)").doesNotContain("\tat ");
  }
}
