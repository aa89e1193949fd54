package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Table;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the values, format by format. */
class FormatsTest {
  private static final String ROWS =
      "SELECT i AS id, i * 0.5 AS a, CASE WHEN i % 9 = 0 THEN NULL ELSE i * 7 % 31 END AS n,"
          + " 'k' || i % 4 AS k, i % 3 = 0 AS b, DATE '2026-01-01' + i::INT AS d,"
          + " printf('%05d', i % 20) AS code, [i] AS l, i * 13 % 5 % 2 AS y FROM range(200) t(i)";

  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
    ingests.id = "id";
  }

  private Path write(String name, String options) throws Exception {
    Path file = root.resolve(name);
    try (DuckDb db = DuckDb.open(1, root)) {
      db.run("COPY (" + ROWS + ") TO '" + file + "' (" + options + ")");
    }
    return file;
  }

  private DatasetManifest manifest(IngestResult result) {
    return datasets().manifest(result.dataset());
  }

  private Datasets datasets() {
    return new Datasets(ingests.store, root.resolve("reader"));
  }

  private static final List<String> EXPECTED =
      List.of(
          "id ID CATEGORY",
          "a FEATURE NUMBER",
          "n FEATURE NUMBER",
          "k FEATURE CATEGORY",
          "b FEATURE CATEGORY",
          "d EXCLUDED CATEGORY",
          "code FEATURE CATEGORY");

  private static List<String> kinds(DatasetManifest manifest) {
    return manifest.columns().stream()
        .filter(c -> !c.name().equals("l") && !c.name().equals("y"))
        .map(c -> c.name() + " " + c.role() + " " + c.type())
        .toList();
  }

  @Test
  void parquet_jsonLines_andCsv_giveTheSameColumns() throws Exception {
    Path parquet = write("x.parquet", "FORMAT parquet");
    Path jsonl = write("x.jsonl", "FORMAT json");
    Path csv = write("x.csv", "FORMAT csv");
    IngestResult fromParquet = ingests.from(new SourceSpec(null, parquet.toString(), null)).run();
    IngestResult fromJson = ingests.from(new SourceSpec(null, null, jsonl.toString())).run();
    IngestResult fromCsv = ingests.from(new SourceSpec(csv.toString(), null, null)).run();

    assertThat(kinds(manifest(fromParquet))).isEqualTo(EXPECTED);
    assertThat(kinds(manifest(fromJson))).isEqualTo(EXPECTED);
    assertThat(kinds(manifest(fromCsv))).isEqualTo(EXPECTED);
    assertThat(fromParquet.expectations())
        .extracting(e -> e.sentence())
        .contains(
            "d holds times and is not the time column: excluded",
            "l holds lists or structures: excluded");
    List<String> columns = List.of("id", "a", "n", "k", "b", "d", "code", "y");
    Table a = datasets().read(fromParquet.dataset(), "train", columns);
    Table b = datasets().read(fromJson.dataset(), "train", columns);
    assertThat(a.categories("id")).isEqualTo(b.categories("id"));
    assertThat(a.numbers("n")).isEqualTo(b.numbers("n"));
    assertThat(a.categories("code")).contains("00007").isEqualTo(b.categories("code"));
    assertThat(a.categories("b")).containsOnly("true", "false");
    assertThat(a.categories("d")[0]).matches("2026-0\\d-\\d\\dT00:00:00.000000Z");
    assertThat(Arrays.stream(a.numbers("n")).filter(Double::isNaN).count()).isPositive();
  }

  @Test
  void aFolderOfFiles_isReadInTheOrderOfTheirNames() throws Exception {
    Path folder = Files.createDirectories(root.resolve("parts"));
    for (int file = 2; file >= 1; file--) {
      StringBuilder csv = new StringBuilder("a,y\n");
      for (int i = 0; i < 20; i++) {
        csv.append(file * 100 + i).append(',').append(i * 13 % 5 % 2).append('\n');
      }
      Files.writeString(folder.resolve(file + ".csv"), csv);
    }
    Files.writeString(folder.resolve("notes.txt"), "not data");
    ingests.id = null;
    IngestResult result = ingests.from(new SourceSpec(folder.toString(), null, null)).run();
    assertThat(result.rowsRead()).isEqualTo(40);
    double[] a = datasets().read(result.dataset(), "train", List.of("a")).numbers("a");
    assertThat(a).isSorted();
    assertThat(a[0]).isLessThan(200);
    assertThat(a[a.length - 1]).isGreaterThan(200);
  }

  @Test
  void numbers_thatAreNotFiniteAreMissingAndCounted() throws Exception {
    StringBuilder csv = new StringBuilder("id,a,b,y\n");
    for (int i = 0; i < 60; i++) {
      String a = i == 5 ? "NaN" : i == 6 ? "inf" : i == 7 ? "NA" : i == 8 ? "1e999" : "" + i;
      csv.append("%d,%s,%d,%d\n".formatted(i, a, i % 7, i * 13 % 5 % 2));
    }
    ingests.split = new SplitSpec(SplitSpec.Kind.RANDOM, null, 0.1, 0, 1);
    IngestResult result = ingests.csv(csv.toString()).run();
    assertThat(result.expectations())
        .extracting(e -> e.sentence())
        .contains("a: 3 values are NaN or infinite; read as missing");
    assertThat(manifest(result).column("a").orElseThrow().type()).isEqualTo(ColumnType.NUMBER);
    long missing =
        List.of("train", "test").stream()
            .flatMapToDouble(
                s -> Arrays.stream(datasets().read(result.dataset(), s, List.of("a")).numbers("a")))
            .filter(Double::isNaN)
            .count();
    assertThat(missing).isEqualTo(4);
  }

  @Test
  void classes_areSpelledAlikeWhetherTheSourceWrites1Or1_0() throws Exception {
    String rows = "%d,%d,%s\n";
    StringBuilder decimal = new StringBuilder("id,a,y\n");
    StringBuilder whole = new StringBuilder("id,a,y\n");
    for (int i = 0; i < 60; i++) {
      int y = i * 13 % 5 % 2;
      decimal.append(rows.formatted(i, i % 11, y + ".0"));
      whole.append(rows.formatted(i, i % 11, y));
    }
    IngestResult one = ingests.csv(decimal.toString()).run();
    IngestResult other = ingests.csv(whole.toString()).run();
    assertThat(manifest(one).classes()).containsExactly("0", "1");
    assertThat(one.dataset()).isEqualTo(other.dataset());
  }

  @Test
  void theCarLoanTable_getsItsCategoriesAsTheyAreWritten() {
    ingests.target = "repaid";
    ingests.time = "timestamp";
    ingests.exclude = List.of("y_pred_proba", "y_pred");
    ingests.columns.put("loan_length", ColumnType.CATEGORY);
    ingests.specLocation = Ingests.examples().resolve("car-loan").toString();
    IngestResult result =
        ingests.from(new SourceSpec("data/synthetic_car_loan_reference.csv.gz", null, null)).run();
    DatasetManifest manifest = manifest(result);
    assertThat(manifest.classes()).containsExactly("0", "1");
    assertThat(manifest.features().stream().map(ColumnInfo::name))
        .containsExactly(
            "car_value",
            "salary_range",
            "debt_to_income_ratio",
            "loan_length",
            "repaid_loan_on_prev_car",
            "size_of_downpayment",
            "driver_tenure");
    assertThat(result.splits())
        .isEqualTo(Map.of("train", 35_000L, "validation", 5_000L, "test", 10_000L));

    Profile profile = datasets().profile(result.dataset());
    assertThat(profile.rows()).isEqualTo(35_000);
    assertThat(profile.column("repaid_loan_on_prev_car"))
        .get()
        .isInstanceOfSatisfying(
            CategoryProfile.class, c -> assertThat(c.counts()).containsOnlyKeys("False", "True"));
    assertThat(profile.column("loan_length"))
        .get()
        .isInstanceOfSatisfying(
            CategoryProfile.class, c -> assertThat(c.counts()).containsKeys("7", "21"));
    assertThat(profile.column("car_value"))
        .get()
        .isInstanceOfSatisfying(
            NumberProfile.class, c -> assertThat(c.mean()).isBetween(28_000.0, 32_000.0));
    assertThat(profile.column("repaid")).isPresent();
    assertThat(profile.column("id")).isEmpty();
  }
}
