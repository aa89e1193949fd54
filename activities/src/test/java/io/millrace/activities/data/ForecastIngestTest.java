package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ForecastIngestTest {
  private static final LocalDateTime FIRST = LocalDateTime.parse("2026-03-02T00:00:00");

  @TempDir Path root;
  private Ingests ingests;

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
    ingests.task = Task.FORECAST;
    ingests.time = "at";
    ingests.split = new SplitSpec(SplitSpec.Kind.TIME, null, 0.2, 0.1, 7);
    ingests.forecast = new ForecastSpec(2, List.of(2, 3), 2, null, null, true);
  }

  /** Hours from {@link #FIRST}, the target being ten times the hour's number and a bit. */
  private static String hours(int from, int to, int... without) {
    StringBuilder csv = new StringBuilder();
    for (int hour = from; hour < to; hour++) {
      int now = hour;
      if (java.util.Arrays.stream(without).noneMatch(h -> h == now)) {
        csv.append(FIRST.plusHours(hour)).append(",%d,%s%n".formatted(value(hour), hour % 3));
      }
    }
    return csv.toString();
  }

  private static int value(int hour) {
    return 10 * hour + hour * hour % 7;
  }

  private record Rows(DatasetManifest manifest, Map<String, List<Object>> columns) {
    List<Object> of(String column) {
      return columns.get(column);
    }
  }

  /** Every split's rows, in the order of time. */
  private Rows rows(IngestResult result) {
    Datasets datasets = new Datasets(ingests.store, root.resolve("read"));
    DatasetManifest manifest = datasets.manifest(result.dataset());
    List<String> names = manifest.columns().stream().map(ColumnInfo::name).toList();
    Map<String, List<Object>> columns =
        names.stream().collect(Collectors.toMap(n -> n, n -> new ArrayList<>()));
    for (String split : List.of("train", "validation", "test")) {
      Table table = datasets.read(result.dataset(), split, names);
      for (String name : names) {
        for (int i = 0; i < table.rows(); i++) {
          columns.get(name).add(value(table.column(name), i));
        }
      }
    }
    return new Rows(manifest, columns);
  }

  private static @Nullable Object value(Table.Column column, int row) {
    return switch (column) {
      case Table.Numbers numbers -> numbers.values()[row];
      case Table.Categories categories -> categories.values()[row];
    };
  }

  @Test
  void ingest_ofHours_addsLagsByTimeAndTheCalendar() throws Exception {
    Rows rows = rows(ingests.csv("at,y,x\n" + hours(0, 40)).run());

    for (int hour = 0; hour < 40; hour++) {
      assertThat(rows.of("y").get(hour)).isEqualTo((double) value(hour));
      assertThat(rows.of("y_lag_2").get(hour)).isEqualTo(hour < 2 ? Double.NaN : value(hour - 2));
      assertThat(rows.of("y_lag_3").get(hour)).isEqualTo(hour < 3 ? Double.NaN : value(hour - 3));
    }
    assertThat(rows.of("at_hour").get(25)).isEqualTo("1");
    assertThat(rows.of("at_weekday").get(0)).as("a Monday").isEqualTo("1");
    assertThat(rows.of("at_weekday").get(25)).isEqualTo("2");
    assertThat(rows.of("at_month").get(0)).isEqualTo("3");
    assertThat(rows.manifest().naive()).isEqualTo("y_lag_2");
    assertThat(rows.manifest().features().stream().map(ColumnInfo::name))
        .containsExactly("x", "y_lag_2", "y_lag_3", "at_hour", "at_weekday", "at_month");
  }

  @Test
  void ingest_withAGap_leavesOutWhatIsNotThere_andNeverTakesAnotherRow() throws Exception {
    Rows rows = rows(ingests.csv("at,y,x\n" + hours(0, 40, 10, 11)).run());

    int twelve = 10;
    assertThat(rows.of("y").get(twelve)).isEqualTo((double) value(12));
    assertThat(rows.of("y_lag_2").get(twelve)).isEqualTo(Double.NaN);
    assertThat(rows.of("y_lag_3").get(twelve)).isEqualTo((double) value(9));
  }

  @Test
  void ingest_ofRowsInAnyOrder_givesTheSameLags() throws Exception {
    List<String> lines = new ArrayList<>(hours(0, 40).lines().toList());
    java.util.Collections.shuffle(lines, new java.util.Random(3));
    Rows rows = rows(ingests.csv("at,y,x\n" + String.join("\n", lines) + "\n").run());

    for (int row = 0; row < 40; row++) {
      int hour = (int) ((double) rows.of("y").get(row) / 10);
      assertThat(rows.of("y_lag_2").get(row)).isEqualTo(hour < 2 ? Double.NaN : value(hour - 2));
    }
  }

  @Test
  void ingest_ofSeveralSeries_keepsTheirPastsApart() throws Exception {
    ingests.forecast = new ForecastSpec(1, List.of(1), 1, "shop", null, false);
    StringBuilder csv = new StringBuilder("at,y,shop\n");
    for (int hour = 0; hour < 20; hour++) {
      csv.append(FIRST.plusHours(hour)).append(",%d,north%n".formatted(value(hour)));
      csv.append(FIRST.plusHours(hour)).append(",%d,south%n".formatted(-7 * hour));
    }
    Rows rows = rows(ingests.csv(csv.toString()).run());

    for (int row = 2; row < 40; row++) {
      int hour = row / 2;
      boolean north = rows.of("shop").get(row).equals("north");
      assertThat(rows.of("y_lag_1").get(row))
          .isEqualTo((double) (north ? value(hour - 1) : -7 * (hour - 1)));
    }
  }

  @Test
  void ingest_ofARowInQuarantine_doesNotRememberIt() throws Exception {
    ingests.expectations.add(
        new ExpectationSpec(
            "y",
            null,
            null,
            java.util.Arrays.asList(null, 300.0),
            null,
            null,
            null,
            null,
            null,
            OnBreak.DROP,
            0.5));
    Rows rows = rows(ingests.csv("at,y,x\n" + hours(0, 35) + FIRST.plusHours(35) + ",2,0\n").run());

    assertThat(rows.of("y")).doesNotContain((double) value(33));
    assertThat(rows.of("y").getLast()).isEqualTo(2.0);
    assertThat(rows.of("y_lag_2").getLast()).isEqualTo(Double.NaN);
  }

  @Test
  void ingest_whoseNaiveLagIsNoFeature_storesItAllTheSame() throws Exception {
    ingests.forecast = new ForecastSpec(3, List.of(5), 2, null, Duration.ofHours(1), false);
    Rows rows = rows(ingests.csv("at,y,x\n" + hours(0, 40)).run());

    assertThat(rows.manifest().naive()).isEqualTo("y_lag_4");
    assertThat(rows.manifest().column("y_lag_4").orElseThrow().role()).isEqualTo(Role.EXCLUDED);
    assertThat(rows.manifest().column("y_lag_5").orElseThrow().role()).isEqualTo(Role.FEATURE);
    assertThat(rows.of("y_lag_4").get(30)).isEqualTo((double) value(26));
    Datasets datasets = new Datasets(ingests.store, root.resolve("again"));
    IngestResult again = ingests.run();
    Table test = datasets.read(again.dataset(), DatasetManifest.TEST);
    assertThat(Beside.of(rows.manifest(), test).naive()).hasSize(8).doesNotContain(Double.NaN);
  }

  @Test
  void ingest_ofNumbersAsTimes_countsThem_andHasNoCalendar() throws Exception {
    StringBuilder csv = new StringBuilder("at,y,x\n");
    for (int step = 0; step < 30; step++) {
      csv.append("%d,%d,%d%n".formatted(100 + 5 * step, value(step), step % 3));
    }
    IngestResult result = ingests.csv(csv.toString()).run();
    Rows rows = rows(result);

    assertThat(rows.of("y_lag_2").get(9)).isEqualTo((double) value(7));
    assertThat(rows.manifest().column("at_hour")).isEmpty();
    assertThat(result.expectations())
        .anySatisfy(
            o ->
                assertThat(o.sentence())
                    .isEqualTo("at holds numbers, so there are no calendar columns"));
  }

  @Test
  void ingest_ofMonths_countsMonths() throws Exception {
    for (boolean ends : new boolean[] {false, true}) {
      StringBuilder csv = new StringBuilder("at,y,x\n");
      for (int month = 0; month < 36; month++) {
        java.time.LocalDate first = FIRST.toLocalDate().withDayOfMonth(1).plusMonths(month);
        java.time.LocalDate day = ends ? first.plusMonths(1).minusDays(1) : first;
        csv.append("%s,%d,%d%n".formatted(day, value(month), month % 3));
      }
      Rows rows = rows(ingests.csv(csv.toString()).run());

      assertThat(rows.of("y_lag_3").get(20)).isEqualTo((double) value(17));
      assertThat(rows.of("y_lag_2")).filteredOn(v -> v.equals(Double.NaN)).hasSize(2);
      assertThat(rows.manifest().column("at_hour")).isEmpty();
      assertThat(rows.manifest().column("at_weekday")).isEmpty();
      assertThat(rows.of("at_month").get(0)).isEqualTo("3");
    }
  }

  @Test
  void ingest_whosePastIsHardlyEverKnown_isRefused() throws Exception {
    ingests.forecast = new ForecastSpec(2, List.of(2), 2, null, Duration.ofMinutes(7), true);
    ingests.csv("at,y,x\n" + hours(0, 40));

    assertThatThrownBy(ingests::run)
        .hasMessageContaining("y_lag_2: not known for 40 of 40 rows (expected: known for most")
        .hasMessageContaining("data.forecast.step");
  }

  @Test
  void ingest_withoutARegularStep_isRefused() throws Exception {
    StringBuilder csv = new StringBuilder("at,y,x\n");
    for (int i = 0; i < 30; i++) {
      csv.append(FIRST.plusMinutes((long) i * i + i)).append(",%d,1%n".formatted(i));
    }
    ingests.csv(csv.toString());

    assertThatThrownBy(ingests::run)
        .hasMessageContaining("at: the commonest distance of two rows is that of 1 of 29")
        .hasMessageContaining("(expected: rows at a regular distance, or data.forecast.step)");
  }

  @Test
  void ingest_ofTwoRowsOfOneTime_isRefused() throws Exception {
    ingests.csv("at,y,x\n" + hours(0, 20) + hours(5, 6));

    assertThatThrownBy(ingests::run)
        .hasMessageContaining("at: 2 rows share their time (expected: one row for each time; name");
  }

  @Test
  void ingest_whoseSourceHasTheName_isRefused() throws Exception {
    ingests.csv(("at,y,y_lag_2\n" + hours(0, 20)));

    assertThatThrownBy(ingests::run)
        .hasMessageContaining("y_lag_2: the source has a column of that name");
  }

  @Test
  void ingest_ofADerivedTime_isAsIfItWereThere() throws Exception {
    StringBuilder csv = new StringBuilder("day,hr,y\n");
    for (int hour = 0; hour < 40; hour++) {
      csv.append("%d,%d,%d%n".formatted(1 + hour / 24, hour % 24, value(hour)));
    }
    ingests.derive =
        Map.of(
            "at",
            "make_timestamp(2026, 3, 1, CAST(hr AS BIGINT), 0, 0.0) + to_days(CAST(\"day\" AS"
                + " INTEGER))");
    Rows rows = rows(ingests.csv(csv.toString()).run());

    assertThat(rows.of("y_lag_3").get(30)).isEqualTo((double) value(27));
    assertThat(rows.of("at").get(30)).isEqualTo("2026-03-03T06:00:00.000000Z");
  }

  @Test
  void ingest_ofADerivedColumnThatCannotBe_saysWhichAndNotItsValues() throws Exception {
    for (String expression :
        List.of("CAST(x AS INTEGER) + secret", "count(*)", "read_text('/etc/passwd')")) {
      ingests.derive = Map.of("z", expression);
      ingests.csv("at,y,x\n" + hours(0, 20));

      assertThatThrownBy(ingests::run)
          .hasMessageContaining("data.derive.z: ")
          .hasMessageContaining("(expected: ")
          .message()
          .doesNotContain("root:");
    }
    ingests.derive = Map.of("X", "y");
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("data.derive.X: the source has a column of that name");
  }
}
