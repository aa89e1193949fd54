package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.watch.alert.AlertBoard;
import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertRules;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.temporal.testing.TestWorkflowEnvironment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertsCommandTest {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path home;
  private TestWorkflowEnvironment environment;
  private Cli cli;

  @BeforeEach
  void open() {
    environment = TestWorkflowEnvironment.newInstance();
    cli = new Cli(home, environment.getWorkflowClient());
  }

  @AfterEach
  void close() {
    environment.close();
  }

  private void drift() {
    new AlertLog(cli.store, "credit")
        .append(
            "one",
            before -> {
              AlertBoard board = new AlertBoard("credit", AlertRules.of(null), before, AT);
              board.see("drift", "version 3", true, "LIMIT drifted");
              return board.state(
                  "one",
                  before,
                  List.of(new Level("p99", 3, 61.0, 50.0, false, "p99 of version 3: 61.0 ms")));
            });
  }

  @Test
  void alerts_ofAModelWithout_saySo() {
    assertThat(cli.run("alerts", "credit").out()).isEqualTo("credit: no alert is open\n");
    assertThat(cli.run("alerts").code()).isEqualTo(ExitCode.BAD_INPUT);
  }

  @Test
  void alerts_printWhatIsOpenAndWhatWasMeasured() {
    drift();

    Cli.Answer answer = cli.run("alerts", "credit");

    assertThat(answer.code()).isZero();
    assertThat(answer.out())
        .startsWith("credit: 1 open\n  drift-")
        .contains("[warning] drift of version 3 since 2026-03-01T12:00:00Z: LIMIT drifted")
        .contains("NOT KEPT p99 of version 3: 61.0 ms");
    assertThat(cli.run("alerts", "credit", "--json").json().at("/open/0/rule").asText())
        .isEqualTo("drift");
  }

  @Test
  void mute_isKeptUntilItIsEnded() {
    Cli.Answer mute =
        cli.run("alerts", "mute", "credit", "--rule", "drift", "--for", "2h", "--reason", "a move");
    assertThat(mute.err()).isEmpty();
    assertThat(mute.out()).startsWith("credit: drift muted from ");
    String id = cli.run("alerts", "credit", "--json").json().at("/mutes/0/id").asText();
    assertThat(cli.run("alerts", "credit").out()).contains(id + ": drift muted until");

    assertThat(cli.run("alerts", "unmute", "credit", "--id", id).out())
        .isEqualTo("credit: 1 mute ended\n");
    assertThat(cli.run("alerts", "unmute", "credit", "--id", id).code())
        .isEqualTo(ExitCode.BAD_INPUT);
  }

  @Test
  void mute_ofWhatCannotBe_isBadInput() {
    Cli.Answer rule =
        cli.run("alerts", "mute", "credit", "--rule", "drft", "--for", "2h", "--reason", "x");
    assertThat(rule.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(rule.err()).contains("rule: drft (expected: one of drift,");
    Cli.Answer time = cli.run("alerts", "mute", "credit", "--for", "soon", "--reason", "x");
    assertThat(time.err()).contains("--for: soon (expected: a duration such as 30m, 2h, 1d)");
    assertThat(cli.run("alerts", "mute", "credit", "--reason", "x").code())
        .isEqualTo(ExitCode.BAD_INPUT);
  }

  @Test
  void drift_ofAPastRange_wantsBothEndsAndAModel() {
    assertThat(cli.run("drift", "credit", "--from", "2026-03-01T00:00:00Z").err())
        .contains("--from and --to: one of them (expected: both, and not --now)");
    assertThat(cli.run("drift", "credit", "--from", "then", "--to", "now").err())
        .contains("--from: then (expected: a time such as 2026-03-01T00:00:00Z)");
    assertThat(
            cli.run(
                    "drift",
                    "credit",
                    "--from",
                    "2026-03-01T00:00:00Z",
                    "--to",
                    "2026-03-02T00:00:00Z")
                .err())
        .contains("model: credit (expected: with a champion)");
  }
}
