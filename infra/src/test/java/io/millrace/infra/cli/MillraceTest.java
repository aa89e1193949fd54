package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.spec.SpecParser;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.Task;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.RpcRetryOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MillraceTest {
  private static final Path EXAMPLES =
      Path.of(System.getenv("MILLRACE_ROOT")).resolve("infra/examples");
  @TempDir Path folder;
  private Cli cli;

  private WorkflowServiceStubs nobody;

  @BeforeEach
  void open() {
    nobody =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget("127.0.0.1:1")
                .setRpcRetryOptions(
                    RpcRetryOptions.newBuilder()
                        .setMaximumAttempts(1)
                        .setExpiration(Duration.ofSeconds(5))
                        .validateBuildWithDefaults())
                .build());
    cli = new Cli(folder.resolve("home"), WorkflowClient.newInstance(nobody));
  }

  @AfterEach
  void close() {
    nobody.shutdownNow();
  }

  @Test
  void watch_withoutAServer_saysHowToStartOne() {
    Cli.Answer answer = cli.run("watch", "car-loan-1");

    assertThat(answer.code()).isEqualTo(ExitCode.FAILED);
    assertThat(answer.err()).contains("(expected: infra/millrace up, or TEMPORAL_ADDRESS)");
  }

  @ParameterizedTest
  @CsvSource({
    "--help, Usage: millrace",
    "-h, Usage: millrace",
    "rollback --help, Usage: millrace rollback",
    "labels add -h, Usage: millrace labels"
  })
  void help_isShown_whereverItIsAskedFor(String words, String expected) {
    Cli.Answer answer = cli.run(words.split(" "));

    assertThat(answer.code()).isZero();
    assertThat(answer.out()).startsWith(expected);
    assertThat(answer.err()).isEmpty();
  }

  @Test
  void check_ofAShippedExample_isFine() {
    Cli.Answer answer = cli.run("check", EXAMPLES.resolve("credit/pipeline.yaml").toString());

    assertThat(answer.code()).isZero();
    assertThat(answer.out()).contains("fine. Model credit-default, binary, 2 candidates, 4 gates");
  }

  @Test
  void check_ofABrokenSpec_namesEveryProblemWithItsLine() throws IOException {
    Path spec = Files.writeString(folder.resolve("p.yaml"), "model: x\ntsk: binary\ndata: 3\n");

    Cli.Answer answer = cli.run("check", spec.toString());

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.out().lines())
        .containsExactly(
            spec + ":2: tsk: \"binary\" (expected: no such key; did you mean task?)",
            spec
                + ":3: data: 3 (expected: keys out of source, target, positive, favourable, id,"
                + " time, exclude, columns, derive, split, forecast, recommend, image,"
                + " expectations, privacy)",
            "2 problems");
    assertThat(cli.run("check", "--json", spec.toString()).json().path("problems")).hasSize(2);
  }

  @Test
  void check_ofAFileThatIsNotThere_isOneClearParagraph() {
    Cli.Answer answer = cli.run("check", EXAMPLES.resolve("none.yaml").toString());

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("none.yaml (expected: a file)").doesNotContain("\tat ");
    assertThat(answer.out()).isEmpty();
  }

  @Test
  void anyCommand_withJson_printsOneObjectEvenWhenItFails() {
    Cli.Answer answer = cli.run("check", "--json", "/nowhere.yaml");

    assertThat(answer.json().path("exit").asInt()).isEqualTo(2);
    assertThat(answer.json().path("type").asText()).isEqualTo("CONFIG_INVALID");
    assertThat(answer.out().lines()).hasSize(1);
  }

  @Test
  void debug_showsTheStackTrace() {
    assertThat(cli.run("check", "--debug", "/nowhere.yaml").err()).contains("\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "rum x,Unmatched",
    "check,Missing required parameter: 'SPEC'",
    "resume car-loan-1,--retry",
    "resume car-loan-1 --retry --skip,mutually exclusive",
    "at car-loan --time yesterday,(expected: such as 2026-01-31T12:00:00Z)",
    "models ../x,(expected: lower-case letters",
    "models nothing,(expected: a model with a version)",
    "predict nothing --input /dev/null,(expected: a file)",
    "lineage nothing,(expected: a model",
    "reproduce nothing,(expected: a version such as car-loan@2)",
    "reproduce nothing@1,(expected: a registered version)",
    "run --detach --wait x.yaml,(expected: one of them)",
    "rollback nothing,(expected: a model with a champion)",
    "replay m --input x.txt --id id,(expected: a file)",
    "labels add m x.csv,(expected: a file)",
    "schedules pause,nothing (expected: the model",
  })
  void badInput_isCodeTwoAndSaysWhatWasExpected(String line, String expected) {
    Cli.Answer answer = cli.run(line.split(" "));

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains(expected).doesNotContain("\tat ");
  }

  @Test
  void help_namesEveryCommandAndTheExitCodes() {
    Cli.Answer answer = cli.run("help");

    assertThat(answer.code()).isZero();
    assertThat(answer.out()).contains("replay", "rollback", "lineage", "4 waiting");
  }

  @Test
  void init_writesASpecThatChecks() throws IOException {
    StringBuilder csv = new StringBuilder("row_id,age,city,bought\n");
    for (int i = 0; i < 200; i++) {
      csv.append(i).append(',').append(20 + i % 50).append(",x").append(i % 3).append(',');
      csv.append(i % 2 == 0 ? "yes" : "no").append('\n');
    }
    Path data = Files.writeString(folder.resolve("My Shop.csv"), csv);
    Path out = folder.resolve("pipeline.yaml");

    Cli.Answer answer =
        cli.run("init", data.toString(), "--target", "bought", "--out", out.toString());

    assertThat(answer.code()).as(answer.err()).isZero();
    Spec spec = SpecParser.parse(Files.readAllBytes(out));
    assertThat(spec.model()).isEqualTo("my-shop");
    assertThat(spec.task()).isEqualTo(Task.BINARY);
    assertThat(spec.data().id()).isEqualTo("row_id");
    assertThat(spec.data().source().csv()).isEqualTo("My Shop.csv");
    Cli.Answer again =
        cli.run("init", data.toString(), "--target", "bought", "--out", out.toString());
    assertThat(again.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(again.err()).contains("no such file yet, or --force");
  }

  @Test
  void expectations_areSuggested_andHoldForTheTableTheyCameFrom() throws IOException {
    StringBuilder csv = new StringBuilder("id,age,code,kind,mail,bought\n");
    for (int i = 0; i < 400; i++) {
      csv.append(i).append(',').append(i % 8 == 0 ? "" : String.valueOf(18 + i % 50));
      csv.append(",00").append(i % 7).append(",").append(i % 2 == 0 ? "new" : "used");
      csv.append(",p").append(i % 3).append("@mail.example.org,").append(i * 13 % 5 % 2);
      csv.append('\n');
    }
    Path data = Files.writeString(folder.resolve("d.csv"), csv);
    Path out = folder.resolve("expectations.yaml");

    Cli.Answer answer =
        cli.run(
            "expectations",
            "suggest",
            data.toString(),
            "--target",
            "bought",
            "--output",
            out.toString(),
            "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("columns").path("age").asText()).isEqualTo("number");
    assertThat(answer.json().path("columns").path("code").asText()).isEqualTo("category");
    assertThat(Files.readString(out))
        .contains(
            "- {rows: {min: 200}}  # half of the 400 here",
            "- {column: id, unique: true}  # each stands in one row",
            "- {column: age, nulls: 0.198}  # missing in 50 of 400 rows",
            "- {column: age, range: [13, 72], on-break: warn}  # seen 18 to 67",
            "- {column: kind, set: [new, used], on-break: warn}  # 2 different values",
            "- {column: code, set: [\"000\", ",
            "- {column: bought, set: [\"0\", \"1\"], on-break: warn}")
        .doesNotContain("@mail");
    assertThat(cli.run("expectations", "suggest", data.toString(), "--target", "x").err())
        .contains("--target: x (expected: one of id, age, code, kind, mail, bought)");

    Path spec = folder.resolve("p.yaml");
    assertThat(
            cli.run("init", data.toString(), "--target", "bought", "--out", spec.toString()).code())
        .isZero();
    assertThat(Files.readString(spec)).contains("    - {column: age, nulls: 0.198}");
    assertThat(cli.run("check", spec.toString()).code()).isZero();
  }

  @Test
  void init_ofAMissingTarget_namesTheColumns() throws IOException {
    Path data = Files.writeString(folder.resolve("d.csv"), "a,b\n1,2\n3,4\n");

    Cli.Answer answer = cli.run("init", data.toString(), "--target", "c");

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("--target: c (expected: one of a, b)");
  }

  @Test
  void init_ofANumberWithManyValues_isARegression() throws IOException {
    StringBuilder csv = new StringBuilder("x,price\n");
    for (int i = 0; i < 100; i++) {
      csv.append(i).append(',').append(i * 1.5).append('\n');
    }
    Path data = Files.writeString(folder.resolve("d.csv"), csv);
    Path out = folder.resolve("p.yaml");

    cli.run("init", data.toString(), "--target", "price", "--out", out.toString());

    assertThat(SpecParser.parse(Files.readAllBytes(out)).task()).isEqualTo(Task.REGRESSION);
  }

  @Test
  void audit_ofAnEmptyLog_isSound() {
    assertThat(cli.run("audit", "verify").out()).contains("0 entries, all sound");
    assertThat(cli.run("models").out()).contains("no models");
  }
}
