package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.AthenaEmulator;
import io.millrace.activities.query.AthenaEngine;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.query.TableProfile;
import io.millrace.activities.store.S3Store;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows and statistics of car-loan by Athena's protocol, beside those of this process. */
class QueriedWindowsIT {
  private static AthenaEmulator emulator;
  private final S3Store store = new S3Store(emulator.s3(), AthenaEmulator.BUCKET, "watch");
  @TempDir private Path folder;

  @BeforeAll
  static void up() throws Exception {
    emulator = AthenaEmulator.start();
  }

  @AfterAll
  static void down() {
    emulator.close();
  }

  private QueryEngine engine() {
    return new AthenaEngine(emulator.athena(), store, emulator.settings());
  }

  @Test
  void rows_ofAWindow_areThoseOfItsParts_orOfItsTimeWhereThereAreTooManyParts() throws Exception {
    CarLoan traffic = CarLoan.analysis();
    WatchedStore watched = new WatchedStore(store, traffic);
    watched.version(1, "watch: {window: {rows: 5000}}", Profiles.of(CarLoan.reference(), 0, 5_000));
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < 8_000; from += 1_000) {
      parts.add(watched.log(1, from % 2_000 == 0 ? "a" : "b", from, from + 1_000));
    }
    WatchedVersion version = WatchedVersion.champion(store, WatchedStore.MODEL).orElseThrow();
    Instant from = WatchedStore.START.plusSeconds(1_999);
    Instant to = WatchedStore.START.plusSeconds(5_999);
    List<String> some = parts.subList(2, 6);
    try (QueryEngine engine = engine()) {
      Window window = new Window(from, to, 1, 4_000, some, null);
      WindowRows own = WindowSource.of(store, null).read(version, window, 10_000, at -> {});
      WindowRows asked = WindowSource.of(store, engine).read(version, window, 10_000, at -> {});
      assertThat(rows(asked)).hasSize(4_000).isEqualTo(rows(own));
      // at the window's edges these parts and this time are the same rows
      List<String> many = new ArrayList<>(some);
      for (int i = 0; i < QueriedWindows.NAMED; i++) {
        many.add(some.getFirst());
      }
      Window crowded = new Window(from, to, 1, 4_000, many, null);
      WindowRows byTime = WindowSource.of(store, engine).read(version, crowded, 10_000, at -> {});
      assertThat(rows(byTime)).isEqualTo(rows(own));
      assertThat(WindowSource.of(store, engine).read(version, window, 100, at -> {}).scores())
          .hasSize(100);
    }
  }

  /** Each as text, in an order of its own. */
  private static List<String> rows(WindowRows rows) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < rows.scores().length; i++) {
      texts.add(
          rows.entities().get(i)
              + " "
              + rows.scores()[i]
              + " "
              + rows.rows().numbers("car_value")[i]
              + " "
              + rows.rows().categories("salary_range")[i]);
    }
    return texts.stream().sorted().toList();
  }

  private StoredTable parquet(String file, int from, int to) throws Exception {
    Path csv =
        Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/car-loan/data").resolve(file);
    Path parquet = folder.resolve("part.parquet");
    List<String> columns = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (String name : CarLoan.NUMBERS) {
      columns.add("CAST(" + name + " AS DOUBLE) AS " + name);
      fields.add(Field.of(name, true));
    }
    for (String name : CarLoan.CATEGORIES) {
      columns.add(name);
      fields.add(Field.of(name, false));
    }
    columns.add("CAST(y_pred_proba AS DOUBLE) AS " + ColumnDrift.PREDICTION);
    fields.add(Field.of(ColumnDrift.PREDICTION, true));
    try (DuckDb db = DuckDb.open(1, folder.resolve("spill"))) {
      db.run(
          "COPY (SELECT %s FROM read_csv('%s', all_varchar = true) LIMIT %d OFFSET %d) TO '%s' (FORMAT parquet)"
              .formatted(String.join(", ", columns), csv, to - from, from, parquet));
    }
    String prefix = "datasets/" + file.replace('.', '-') + "-" + from + "/";
    store.put(prefix + "part.parquet", parquet);
    return new StoredTable(prefix, Format.PARQUET, fields, List.of(prefix + "part.parquet"), null);
  }

  private Profile profile(String file, int from, int to) throws Exception {
    try (QueryEngine engine = engine()) {
      return TableProfile.of(engine, parquet(file, from, to), null, Asked.of(file + from))
          .profile();
    }
  }

  @Test
  void statistics_ofProfilesThatAthenaMade_areTheGoldenOnes_withinWhatSketchesMay()
      throws Exception {
    Profile reference = profile("synthetic_car_loan_reference.csv.gz", 0, 50_000);
    Profile drifted = profile("synthetic_car_loan_analysis.csv.gz", 25_000, 50_000);
    for (String column : List.of("car_value", "loan_length", "y_pred_proba")) {
      JsonNode golden = Golden.half(1, column);
      String name = column.equals("y_pred_proba") ? ColumnDrift.PREDICTION : column;
      NumberProfile before = (NumberProfile) reference.column(name).orElseThrow();
      NumberProfile now = (NumberProfile) drifted.column(name).orElseThrow();
      double ks = golden.get("ks_stat").asDouble();
      double points = before.rankError() + now.rankError();
      assertThat(KolmogorovSmirnov.test(before, now).statistic())
          .as(column)
          .isCloseTo(ks, within(Math.max(0.01 * ks, points)));
      assertThat(Distances.normedWasserstein(before, now))
          .as(column)
          .isCloseTo(
              golden.get("wasserstein_norm_by_ref_std_ddof0").asDouble(),
              Percentage.withPercentage(1));
      assertThat(StabilityIndex.of(before, now))
          .as(column)
          .isCloseTo(
              golden.get("psi_ref_deciles_eps1e4").asDouble(),
              Percentage.withPercentage(column.equals("car_value") ? 10 : 2));
    }
    assertThat(columns(reference, drifted))
        .isEqualTo(
            columns(
                Profiles.of(CarLoan.reference(), 0, 50_000),
                Profiles.of(CarLoan.analysis(), 25_000, 50_000)))
        .contains("car_value", "salary_range")
        .doesNotContain("driver_tenure");
    Profile stable = profile("synthetic_car_loan_analysis.csv.gz", 0, 25_000);
    assertThat(columns(reference, stable)).isEmpty();
  }

  private static List<String> columns(Profile reference, Profile window) {
    return ColumnDrift.verdicts(reference, window, ColumnDriftTest.SETTINGS).stream()
        .filter(ColumnVerdict::drifted)
        .map(ColumnVerdict::column)
        .sorted()
        .toList();
  }
}
