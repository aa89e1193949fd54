package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The model's steward on the in-memory server; the store has the checks. */
@Timeout(120)
final class DriftCommandTest {
  private static final Instant FOUND = Instant.parse("2026-03-01T12:00:00Z");
  private static final ModelRef CHAMPION = new ModelRef("credit", 3, "3".repeat(64));

  @TempDir Path home;
  private TestBed bed;
  private Cli cli;
  private ModelSteward steward;

  @BeforeEach
  void open() throws IOException {
    bed = new TestBed();
    cli = new Cli(home, bed.client());
    steward =
        bed.client().newWorkflowStub(ModelSteward.class, bed.at(WorkflowIds.steward("credit")));
    WorkflowClient.start(steward::run, StewardState.fresh("credit"));
    put(
        "models/credit/aliases/champion/0000000001.json",
        new AliasEntry(1, "champion", CHAMPION, FOUND, "key", "a test"));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private void put(String key, Object content) throws IOException {
    assertThat(cli.store.create(key, PayloadJson.mapper().writeValueAsBytes(content))).isTrue();
  }

  /** A check as it is in the drift log, and as the steward hears of it. */
  private void check(int number, Instant at, State state, List<WindowReport> windows, String said)
      throws IOException {
    String page = windows.isEmpty() ? null : "endpoints/credit/drift/reports/" + number + ".html";
    put(
        "endpoints/credit/drift/%010d.json".formatted(number),
        Map.of(
            "key",
            "check-" + number,
            "report",
            new DriftReport("credit", CHAMPION, state, at, windows, page, null)));
    steward.drift(new DriftSummary("credit", state.name(), false, false, List.of(), at, said));
    bed.until(
        () -> {
          DriftSummary last = steward.status().lastDrift();
          return last != null && last.at().equals(at);
        },
        "the check");
  }

  private static WindowReport drifted() {
    ColumnVerdict limit =
        new ColumnVerdict("LIMIT", "ks", 0.4, 0.0, 0.0, 0.5, 0, 0, true, "LIMIT moved");
    String said = "Rows 1–5,000: 1 of 9 columns drifted (LIMIT).";
    return new WindowReport(
        FOUND, FOUND, 1, 5_000, State.DRIFTED, List.of(limit), null, 0, false, said);
  }

  @Test
  void drift_beforeAnyCheck_saysHowToMakeOne() {
    assertThat(cli.run("drift", "credit").out())
        .startsWith("credit: no drift check yet (--now makes one)\n  waits for ");
  }

  @Test
  void drift_ofACheckThatFound_saysItOnce() throws IOException {
    check(1, FOUND, State.DRIFTED, List.of(drifted()), drifted().sentence());

    assertThat(cli.run("drift", "credit").out())
        .startsWith("credit at 2026-03-01T12:00:00Z: DRIFTED. Rows 1–5,000: 1 of 9")
        .doesNotContain("last verdict")
        .contains("endpoints/credit/drift/reports/1.html");
  }

  @Test
  void drift_afterACheckThatSawNothingNew_saysWhatStands() throws IOException {
    check(1, FOUND, State.DRIFTED, List.of(drifted()), drifted().sentence());
    check(2, FOUND.plusSeconds(60), State.NO_DATA, List.of(), "nothing new to look at");

    Cli.Answer answer = cli.run("drift", "credit");
    Cli.Answer json = cli.run("drift", "credit", "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.out())
        .startsWith("credit at 2026-03-01T12:01:00Z: NO_DATA. nothing new to look at\n")
        .contains(
            "  last verdict, at 2026-03-01T12:00:00Z: DRIFTED. Rows 1–5,000: 1 of 9 columns"
                + " drifted (LIMIT).\n")
        .contains("endpoints/credit/drift/reports/1.html");
    assertThat(json.json().at("/last/state").asText()).isEqualTo("NO_DATA");
    assertThat(json.json().at("/verdict/state").asText()).isEqualTo("DRIFTED");
    assertThat(json.json().at("/verdict/columns/0").asText()).isEqualTo("LIMIT");
    assertThat(json.json().at("/verdict/at").asText()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(json.json().has("quality")).isFalse();
  }
}
