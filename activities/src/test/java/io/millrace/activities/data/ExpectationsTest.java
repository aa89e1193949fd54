package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.spec.Rules;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.SourceSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpectationsTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void rows() throws Exception {
    ingests = new Ingests(root);
    ingests.time = "t";
    StringBuilder csv = new StringBuilder("a,k,t,y\n");
    for (int i = 0; i < 100; i++) {
      csv.append(i < 4 ? "" : String.valueOf(i % 50))
          .append(",k")
          .append(i % 5)
          .append(",2026-01-%02dT00:00:00Z,".formatted(i % 28 + 1))
          .append(i * 13 % 5 % 2)
          .append('\n');
    }
    ingests.csv(csv.toString());
  }

  private ExpectationOutcome first(ExpectationSpec spec) {
    ingests.expectations.clear();
    ingests.expectations.add(spec);
    return ingests.run().expectations().getFirst();
  }

  private static ExpectationSpec column(
      String column,
      @Nullable Boolean notNull,
      @Nullable Boolean unique,
      @Nullable List<@Nullable Double> range,
      @Nullable List<String> set,
      @Nullable String regex) {
    return new ExpectationSpec(
        column, notNull, unique, range, set, regex, null, null, null, OnBreak.WARN, 1);
  }

  @Test
  void rowRules_countTheRowsThatBreakThem() {
    assertThat(first(column("a", true, null, null, null, null)).broken()).isEqualTo(4);
    assertThat(first(column("a", null, true, null, null, null)).broken()).isEqualTo(46);
    assertThat(first(column("a", null, null, Arrays.asList(10.0, null), null, null)).broken())
        .isEqualTo(16);
    assertThat(first(column("k", null, null, null, List.of("k0", "k1"), null)).broken())
        .isEqualTo(60);
    assertThat(first(column("a", null, null, null, List.of("7", "8.0"), null)).broken())
        .isEqualTo(92);
    assertThat(first(column("k", null, null, null, null, "k[0-3]")).broken()).isEqualTo(20);
    ExpectationSpec sql = Rules.ofTable().sql("a >= 10 AND k <> 'k9'").then(OnBreak.WARN, 1);
    // a condition must be true: missing values break it, unlike range
    assertThat(first(sql))
        .isEqualTo(
            new ExpectationOutcome(
                "sql: a >= 10 AND k <> 'k9'",
                "warn",
                20,
                "sql: a >= 10 AND k <> 'k9': 20 of 100 rows break it"));
  }

  @Test
  void textRules_countRows_whetherTextsRepeatOrNot() throws Exception {
    StringBuilder csv = new StringBuilder("a,often,once,y\n");
    for (int i = 0; i < 3000; i++) {
      csv.append(i * 7 % 31).append(i % 100 == 0 ? "," : ",k" + i % 6);
      csv.append(",r").append(i * 31 % 3001).append(",").append(i * 13 % 5 % 2).append("\n");
    }
    ingests.time = null;
    ingests.csv(csv.toString());
    // of 500 rows with k5 none lacks a text; a text that is not there breaks no such rule
    assertThat(first(column("often", null, null, null, null, "k[0-4]")).broken()).isEqualTo(500);
    assertThat(first(column("often", null, null, null, List.of("k1", "k5"), null)).broken())
        .isEqualTo(3000 - 30 - 1000);
    assertThat(first(column("often", true, null, null, null, null)).broken()).isEqualTo(30);
    assertThat(first(column("once", null, null, null, null, "r[0-9]{1,3}")).broken())
        .isEqualTo(2000);
  }

  @Test
  void aDropRule_takesItsRowsAndReportsThem() {
    ingests.expectations.add(Rules.on("a").notNull().then(OnBreak.DROP, 0.05));
    IngestResult result = ingests.run();
    assertThat(result.rowsQuarantined()).isEqualTo(4);
    assertThat(result.dataset().rows()).isEqualTo(96);
    assertThat(ingests.keys()).anyMatch(key -> key.contains("/quarantine/"));
  }

  private ExpectationSpec fresh(Duration limit, OnBreak onBreak) {
    return new ExpectationSpec("t", null, null, null, null, null, null, limit, null, onBreak, 1);
  }

  @Test
  void freshness_isMeasuredAgainstTheSourcesOwnTime() throws Exception {
    Files.setLastModifiedTime(
        root.resolve("source.csv"), FileTime.from(Instant.parse("2026-02-01T00:00:00Z")));
    assertThat(first(fresh(Duration.ofDays(5), OnBreak.WARN)).broken()).isZero();
    assertThat(first(fresh(Duration.ofDays(3), OnBreak.WARN)).sentence())
        .isEqualTo("t: newest 2026-01-28T00:00:00Z, the data is of 2026-02-01T00:00:00Z");
    ingests.expectations.clear();
    ingests.expectations.add(fresh(Duration.ofDays(3), OnBreak.BLOCK));
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("(expected: t not older than PT72H)")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID));
  }

  @Test
  void aRule_thatCannotBeEvaluatedIsTheSpecsFault() {
    for (ExpectationSpec bad :
        List.of(
            column("k", null, null, null, null, "k["),
            column("a", null, null, null, List.of("x"), null),
            column("a", null, null, null, null, null),
            Rules.ofTable().sql("nowhere > 1").then(OnBreak.WARN, 1),
            Rules.ofTable().sql("1 = 1; DROP TABLE typed").then(OnBreak.WARN, 1))) {
      assertThatThrownBy(() -> first(bad))
          .hasMessageContaining("data.expectations: ")
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
    }
    assertThat(ingests.keys()).isEmpty();
  }

  @Test
  void aRangeOnText_isNamed() {
    assertThatThrownBy(() -> first(column("k", null, null, Arrays.asList(1.0, 2.0), null, null)))
        .hasMessageContaining("k: a column of text (expected: numbers, for its range)");
    ingests.from(new SourceSpec(root.resolve("source.csv").toString(), null, null));
  }
}
