package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.WatchSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objectives, alert rules and the retraining policy as people write them. */
class WatchPolicySpecTest {
  private static final String LEAST =
      """
      model: credit
      data:
        source: {csv: credit.csv}
        target: default
        id: ID
      """;
  private static final String WHOLE =
      LEAST
          + """
          watch:
            labels: {metric: roc-auc, floor: 0.7, delay: 30d}
            slo: {p50: 5ms, p99: 50ms, errors: 0.1%, throughput: 5 rps, freshness: 2h, labels: 80%,
                  cost-per-1000: 0.05 USD, hourly-cost: 0.0416 USD}
            alerts:
              slo: {after: 3 of 5, severity: error}
              drift: {off: true}
          retraining:
            on: [drift, quality, {age: 90d}, {rows: 50000}]
            debounce: 2 of 3
            cooldown: 1d
            per-month: {runs: 8, cost: 150 USD}
            per-week: 3
            data: {since: "2026-01-01T00:00:00Z"}
          """;

  private static Spec parse(String yaml) {
    return SpecParser.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void parse_ofWhereLabelsAndReferencesComeFrom_givesItsRecords() {
    Spec spec =
        parse(
            LEAST
                + """
                watch: {labels: {from: labels/}, reference: {version: 3}}
                retraining: {data: {rows: 40000}}
                """);

    assertThat(spec.watch().reference()).isEqualTo("version 3");
    assertThat(Objects.requireNonNull(spec.watch().labels()).from()).isEqualTo("labels/");
    assertThat(spec.retraining().data())
        .isEqualTo(new RetrainingSpec.DataWindow(null, null, null, 40_000L));
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofMutes_readsTimesWithAndWithoutQuotes() {
    Spec spec =
        parse(
            LEAST
                + """
                watch:
                  mutes:
                    - {days: [sat, sun], zone: Europe/Berlin}
                    - {rule: drift, from: 22:00, to: "06:00"}
                """);

    assertThat(spec.watch().mutes())
        .containsExactly(
            new WatchSpec.MuteSpec(null, List.of("sat", "sun"), null, null, "Europe/Berlin"),
            new WatchSpec.MuteSpec("drift", null, "22:00", "06:00", null));
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{rule: drft}|watch.mutes[0].rule: \"drft\" (expected: one of drift, quality, no-data,",
        "{days: [Saturday]}|watch.mutes[0].days[0]: \"Saturday\" (expected: one of mon, tue,",
        "{from: '7:00'}|watch.mutes[0].from: \"7:00\" (expected: a time of the day such as 22:00)",
        "{to: '24:01'}|watch.mutes[0].to: \"24:01\" (expected: a time of the day such as 06:00",
        "{from: '06:00', to: '06:00'}|watch.mutes[0].to: \"06:00\" (expected: another time than",
        "{zone: Europe/Berln, from: '06:00'}|watch.mutes[0].zone: \"Europe/Berln\" (expected: a"
            + " time zone such as Europe/Berlin)",
        "{rule: drift}|watch.mutes[0]: {\"rule\":\"drift\"} (expected: days or a time of the day;"
      })
  void parse_ofAMuteThatCannotBe_saysWhatWasExpected(String mute, String problem) {
    assertThatThrownBy(() -> parse(LEAST + "watch: {mutes: [" + mute + "]}\n"))
        .hasMessageContaining(problem);
  }

  @Test
  void parse_ofTheWholePolicy_givesItsRecords() {
    WatchSpec watch = parse(WHOLE).watch();

    assertThat(Objects.requireNonNull(watch.labels()).delay()).isEqualTo(Duration.ofDays(30));
    assertThat(watch.slo())
        .isEqualTo(
            new WatchSpec.SloSpec(
                Duration.ofMillis(5),
                null,
                Duration.ofMillis(50),
                0.001,
                5.0,
                Duration.ofHours(2),
                0.8,
                0.05,
                0.0416));
    assertThat(watch.alerts())
        .isEqualTo(
            Map.of(
                "slo", new WatchSpec.AlertSpec(new Debounce(3, 5), "error", null),
                "drift", new WatchSpec.AlertSpec(null, null, true)));
    RetrainingSpec retraining = parse(WHOLE).retraining();
    assertThat(retraining.on()).containsExactly("drift", "quality", "age", "rows");
    assertThat(retraining.age()).isEqualTo(Duration.ofDays(90));
    assertThat(retraining.rows()).isEqualTo(50_000);
    assertThat(retraining.debounce()).isEqualTo(new Debounce(2, 3));
    assertThat(retraining.perMonth()).isEqualTo(8);
    assertThat(retraining.perWeek()).isEqualTo(3);
    assertThat(retraining.costPerMonth()).isEqualTo(150);
    assertThat(retraining.data().since()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(retraining.data().referencePlusLast()).isNull();
  }

  @Test
  void yaml_ofTheWholePolicy_isReadBackTheSame() {
    Spec spec = parse(WHOLE);

    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "watch: {slo: {p99: fast}}|watch.slo.p99: \"fast\" (expected: a duration such as 30s, 10m,"
            + " 6h, 3d or PT10M)",
        "watch: {slo: {labels: 80%}}|watch.slo.labels: 0.8 (expected: watch.labels as well: without"
            + " them no label is looked for)",
        "watch: {slo: {cost-per-1000: 1 USD}}|watch.slo.hourly-cost: nothing (expected: both of"
            + " cost-per-1000 and hourly-cost, or neither)",
        "watch: {alerts: {drft: {off: true}}}|watch.alerts.drft: {\"off\":true} (expected: no such"
            + " key; did you mean drift?)",
        "watch: {alerts: {drift: {after: 4 of 3}}}|watch.alerts.drift.after: {\"hits\":4,\"of\":3}"
            + " (expected: n of m checks, 1 <= n <= m <= 50)",
        "watch: {alerts: {drift: {severity: bad}}}|watch.alerts.drift.severity: \"bad\" (expected:"
            + " one of info, warning, error)",
        "retraining: {on: [age]}|retraining.age: nothing (expected: a value as well: retraining.on"
            + " names age)",
        "retraining: {on: [], rows: 5}|retraining.rows: 5 (expected: no such key, or rows in"
            + " retraining.on)",
        "retraining: {data: {last: 3d, since: 2026-01-01T00:00:00Z}}|retraining.data:"
            + " {\"last\":\"PT72H\",\"since\":\"2026-01-01T00:00:00Z\"} (expected: at most one of"
            + " reference-plus-last, since, last, rows)",
        "retraining: {data: {since: yesterday}}|retraining.data.since: \"yesterday\" (expected: a"
            + " time such as 2026-03-01T00:00:00Z)",
        "retraining: {per-month: {runs: 1, cost: much}}|retraining.per-month.cost: \"much\""
            + " (expected: an amount such as 150 USD)"
      })
  void parse_ofAPolicyThatCannotBe_namesPathValueAndWhatWasExpected(String yaml, String problem) {
    assertThatThrownBy(() -> parse(LEAST + yaml)).hasMessageContaining(problem);
  }
}
