package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class RunCommandTest {
  @TempDir Path folder;
  private TestBed bed;
  private Cli cli;
  private String spec;

  @BeforeEach
  void open() throws IOException {
    bed = new TestBed();
    cli = new Cli(folder.resolve("home"), bed.client());
    spec =
        Files.writeString(
                folder.resolve("pipeline.yaml"),
                "model: credit\ndata: {source: {csv: data/credit.csv.gz}, target: default}\n")
            .toString();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void run_toItsEnd_isCodeZeroAndOneObject() {
    Cli.Answer answer = cli.run("run", "--json", spec);

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.out().lines()).hasSize(1);
    assertThat(answer.json().path("run").asText()).isEqualTo("credit-1");
    assertThat(answer.json().path("outcome").asText()).isEqualTo("DEPLOYED");
    assertThat(answer.json().path("version").asText()).isEqualTo("credit@1");
    assertThat(answer.json().path("metrics").path("roc_auc").path("value").isNumber()).isTrue();
    assertThat(answer.json().path("ui").asText()).contains("ModelPipeline%3Acredit%3A1");
    assertThat(answer.err()).contains("ok   ingest");
    assertThat(bed.specs.calls("resolve").getFirst().toString()).contains(spec);
    assertThat(cli.run("watch", "credit-1").code()).isZero();
    Cli.Answer glance = cli.run("watch", "--once", "--json", "credit-1");
    assertThat(glance.code()).as(glance.err()).isZero();
    assertThat(glance.json().path("stage").asText()).isEqualTo("done");
    assertThat(glance.json().path("pool").isObject()).isFalse();
    assertThat(cli.run("watch", "credit").out()).contains("credit-1: DEPLOYED");
  }

  @Test
  void run_ofARejectedModel_isCodeThree() {
    bed.gate.rejectAll();

    Cli.Answer answer = cli.run("run", spec);

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BLOCKED);
    assertThat(answer.out()).contains("credit-1: REJECTED");
  }

  @Test
  void run_ofBadData_isCodeTwo() {
    bed.data.breakDown(
        "ingest", FailureType.DATA_UNREADABLE, "data.target: default (expected: a column)");

    Cli.Answer answer = cli.run("run", spec);

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.out()).contains("data.target: default (expected: a column)");
  }

  @Test
  void run_thatWaitsForApproval_isCodeFourUntilSomebodySaysYes() {
    Spec plain = Samples.spec();
    bed.specs.spec(
        new Spec(
            plain.model(),
            plain.task(),
            plain.owner(),
            plain.data(),
            plain.training(),
            List.of(
                new GateSpec.Approval(
                    new GateSpec.Approvers("risk-officer", 1, Duration.ofDays(3)),
                    GateSpec.Severity.BLOCK)),
            plain.deployment(),
            plain.watch(),
            plain.retraining()));

    Cli.Answer waiting = cli.run("run", spec);

    assertThat(waiting.code()).as(waiting.err()).isEqualTo(ExitCode.WAITING);
    assertThat(waiting.out()).contains("credit-1 waits for an approval by risk-officer");
    Cli.Answer refused = cli.run("run", spec);
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("ModelPipeline:credit:1").doesNotContain("\tat ");
    Cli.Answer yes = cli.run("approve", "credit-1", "--who", "ann", "--reason", "looked at it");
    assertThat(yes.code()).as(yes.err()).isZero();
    assertThat(cli.run("watch", "credit-1").code()).isZero();
    assertThat(cli.run("approve", "credit-1", "--reason", "again").code())
        .isEqualTo(ExitCode.BAD_INPUT);
  }

  @Test
  void run_ofABrokenSpec_startsNothing() throws IOException {
    Path broken = Files.writeString(folder.resolve("b.yaml"), "model: credit\n");

    Cli.Answer answer = cli.run("run", broken.toString());

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("data: nothing (expected: ");
    assertThat(bed.specs.calls("resolve")).isEmpty();
  }

  @Test
  void watch_ofAnUnknownRun_isCodeTwo() {
    Cli.Answer answer = cli.run("watch", "nobody-7");

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("ModelPipeline:nobody:7");
  }
}
