package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.spec.Rules;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data no training survives: the message names field, value and expectation; nothing is stored. */
class BadDataTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
  }

  private void refused(FailureType type, String... words) throws Exception {
    assertThatThrownBy(ingests::run)
        .hasMessageContainingAll(words)
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(type));
    assertThat(ingests.keys()).isEmpty();
    assertThat(ingests.scraps()).isEmpty();
  }

  /** {@code header}, then rows 0..n-1. */
  private static String csv(String header, int rows, IntFunction<String> row) {
    return header
        + "\n"
        + IntStream.range(0, rows).mapToObj(row).collect(Collectors.joining("\n"))
        + "\n";
  }

  private static String good(int i) {
    return "%d,%s,%d".formatted(i * 7 % 31, "abc".charAt(i % 3), i * 13 % 5 % 2);
  }

  @Test
  void aMissingTargetColumn_isNamedWithTheColumnsThatAreThere() throws Exception {
    ingests.csv(csv("a,b,z", 40, BadDataTest::good));
    refused(
        FailureType.DATA_INVALID, "data.target: y", "expected: a column of the data", "[a, b, z]");
  }

  @Test
  void textWhereNumbersWereDeclared_isNamedWithItsRow() throws Exception {
    ingests.columns.put("a", ColumnType.NUMBER);
    ingests.csv(csv("a,b,y", 40, i -> i == 16 ? "forty,b,1" : good(i)));
    refused(FailureType.DATA_UNREADABLE, "a: 'forty' in row 17", "expected: a number");
  }

  @Test
  void personalDataInABadValue_isNotInTheMessage() throws Exception {
    ingests.columns.put("a", ColumnType.NUMBER);
    ingests.csv(csv("a,b,y", 40, i -> i == 16 ? "jo@example.org,b,1" : good(i)));
    refused(FailureType.DATA_UNREADABLE, "a: '***' in row 17");
  }

  @Test
  void anEmptyFile_isRefused() throws Exception {
    ingests.csv("");
    refused(FailureType.DATA_UNREADABLE, "source.csv has 0 bytes", "expected: rows");
  }

  @Test
  void aHeaderWithoutRows_isRefused() throws Exception {
    ingests.csv("a,b,y\n");
    refused(FailureType.DATA_UNREADABLE, "0 rows", "expected: > 0");
  }

  @Test
  void aMissingFile_isRefused() throws Exception {
    ingests.from(new SourceSpec(root.resolve("nowhere.csv").toString(), null, null));
    refused(FailureType.DATA_UNREADABLE, "nowhere.csv", "expected: an existing file");
  }

  @Test
  void anUnknownScheme_isRefused() throws Exception {
    ingests.from(new SourceSpec("gopher://example.org/x.csv", null, null));
    refused(FailureType.DATA_UNREADABLE, "gopher://example.org/x.csv", "http(s)://");
  }

  @Test
  void aTruncatedGzip_isRefused() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(csv("a,b,y", 5000, BadDataTest::good).getBytes(StandardCharsets.UTF_8));
    }
    byte[] half = Arrays.copyOf(bytes.toByteArray(), bytes.size() - 20);
    Path file = Files.write(root.resolve("cut.csv.gz"), half);
    ingests.from(new SourceSpec(file.toString(), null, null));
    refused(FailureType.DATA_UNREADABLE, "cut.csv.gz", "gzip that ends early", "a whole one");
  }

  @Test
  void parquetThatIsNot_isRefused() throws Exception {
    Path file = Files.writeString(root.resolve("x.parquet"), csv("a,b,y", 40, BadDataTest::good));
    ingests.from(new SourceSpec(null, file.toString(), null));
    refused(FailureType.DATA_UNREADABLE, "x.parquet", "PAR1", "expected: Parquet");
  }

  @Test
  void parquetWithADamagedMiddle_isRefused() throws Exception {
    Path file = Files.writeString(root.resolve("x.parquet"), "PAR1" + "x".repeat(50) + "PAR1");
    ingests.from(new SourceSpec(null, file.toString(), null));
    refused(FailureType.DATA_UNREADABLE, "x.parquet", "expected: the declared format");
  }

  @Test
  void aRaggedCsv_isNamedWithItsLine() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> i == 9 ? "1,secret@example.org" : good(i)));
    refused(FailureType.DATA_UNREADABLE, "line 11", "has 2 fields", "expected: 3");
    assertThatThrownBy(ingests::run).hasMessageNotContaining("secret").hasNoCause();
  }

  @Test
  void aQuoteThatIsNeverClosed_isNamedWithItsLine() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> i == 9 ? "1,\"x,1" : good(i)));
    refused(FailureType.DATA_UNREADABLE, "line 11", "a quote that is never closed");
  }

  @Test
  void twoColumnsOfOneName_areRefused() throws Exception {
    ingests.csv(csv("a,A,y", 40, BadDataTest::good));
    refused(FailureType.DATA_UNREADABLE, "columns a and A", "expected: different names");
  }

  @Test
  void aFileThatIsNotUtf8_isRefused() throws Exception {
    Path file = root.resolve("latin.csv");
    Files.write(file, "a,b,y\n1,caf\u00e9,1\n".getBytes(StandardCharsets.ISO_8859_1));
    ingests.from(new SourceSpec(file.toString(), null, null));
    refused(FailureType.DATA_UNREADABLE, "latin.csv", "expected: UTF-8");
  }

  @Test
  void brokenJsonLines_areNamedWithTheirLine() throws Exception {
    Path file = Files.writeString(root.resolve("x.jsonl"), "{\"a\":1,\"y\":0}\n{\"a\":2,\n");
    ingests.from(new SourceSpec(null, null, file.toString()));
    refused(FailureType.DATA_UNREADABLE, "x.jsonl", "expected: one object a line");
  }

  @Test
  void aTargetWithoutValues_isRefused() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> i + ",b,"));
    refused(
        FailureType.DATA_INVALID, "y: no value in all 40 rows", "expected: a target in each row");
  }

  @Test
  void aConstantTarget_isRefused() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> i + ",b,1"));
    refused(FailureType.DATA_INVALID, "y: one value in all 40 rows", "expected: at least two");
  }

  @Test
  void aConstantNumberToPredict_isRefused() throws Exception {
    ingests.task = Task.REGRESSION;
    ingests.csv(csv("a,b,y", 40, i -> i + ",b,1.5"));
    refused(FailureType.DATA_INVALID, "y: one value in all 40 rows");
  }

  @Test
  void threeClassesForABinaryTask_areNamed() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> i + ",b," + i % 3));
    refused(FailureType.DATA_INVALID, "y: 3 values [0, 1, 2]", "expected: 2");
  }

  @Test
  void aPositiveClassThatIsNotThere_isRefused() throws Exception {
    ingests.positive = "yes";
    ingests.csv(csv("a,b,y", 40, BadDataTest::good));
    refused(FailureType.DATA_INVALID, "data.positive: yes", "[0, 1]");
  }

  @Test
  void aPositiveClassInAnotherSpelling_isMeant() throws Exception {
    ingests.csv(csv("a,b,y", 40, i -> good(i) + ".0"));
    ingests.positive = "0.0";
    assertThat(classes()).containsExactly("1", "0");
    ingests.positive = "1.0";
    assertThat(classes()).containsExactly("0", "1");
    ingests.csv(csv("a,b,y", 40, i -> good(i).replaceAll("0$", "v0").replaceAll("1$", "1.0")));
    ingests.positive = "1";
    assertThat(classes()).containsExactly("v0", "1.0");
    ingests.csv(csv("a,b,y", 40, i -> good(i).replaceAll("0$", "False").replaceAll("1$", "True")));
    ingests.positive = "false";
    assertThat(classes()).containsExactly("True", "False");
  }

  private List<String> classes() {
    DatasetRef dataset = ingests.run().dataset();
    return new Datasets(ingests.store, root.resolve("scratch")).manifest(dataset).classes();
  }

  @Test
  void oneClassInASplit_isRefused() throws Exception {
    ingests.time = "t";
    ingests.split = new SplitSpec(SplitSpec.Kind.TIME, "t", 0.2, 0.1, 7);
    ingests.csv(
        csv("a,t,y", 40, i -> "%d,2026-01-01T00:%02d:00Z,%d".formatted(i * 7 % 31, i, i / 30)));
    refused(FailureType.DATA_INVALID, "y: 1 of 2 classes in the", "split", "expected: all");
  }

  @Test
  void aLeak_isToldBeforeASplitThatLacksAClass() throws Exception {
    ingests.time = "t";
    ingests.split = new SplitSpec(SplitSpec.Kind.TIME, "t", 0.2, 0.1, 7);
    ingests.csv(csv("a,t,y", 40, i -> "%d,2026-01-01T00:%02d:00Z,%d".formatted(i / 30, i, i / 30)));
    refused(FailureType.DATA_INVALID, "a: correlation 1.000000 with the target y");
  }

  @Test
  void tenThousandCategories_areRefusedWithTheWayOut() throws Exception {
    ingests.csv(csv("a,b,y", 10_000, i -> i % 17 + ",name" + i + "," + i * 13 % 5 % 2));
    refused(FailureType.DATA_INVALID, "b: 10000 distinct categories", "data.exclude");
  }

  @Test
  void aFeatureThatIsTheTarget_isNamed() throws Exception {
    ingests.csv(csv("a,leak,y", 60, i -> good(i).charAt(0) + i + "," + 3 * (i % 2) + "," + i % 2));
    refused(FailureType.DATA_INVALID, "leak: correlation 1.000000 with the target y");
  }

  @Test
  void aCategoryThatIsTheTarget_isNamed() throws Exception {
    ingests.csv(csv("a,leak,y", 60, i -> i * 7 % 31 + ",k" + i % 2 + "," + i % 2));
    refused(FailureType.DATA_INVALID, "leak: its 2 values stand one to one", "target y");
  }

  @Test
  void aFeatureMissingJustForOneClass_isNamed() throws Exception {
    ingests.csv(csv("a,leak,y", 60, i -> i * 7 % 31 + "," + (i % 2 == 0 ? "" : "k") + "," + i % 2));
    refused(FailureType.DATA_INVALID, "leak: its 2 values stand one to one");
  }

  @Test
  void aLeakIntoARegression_isNamed() throws Exception {
    ingests.task = Task.REGRESSION;
    ingests.csv(csv("a,leak,y", 60, i -> i * 7 % 31 + "," + (2.5 * i + 1) + "," + i));
    refused(FailureType.DATA_INVALID, "leak: correlation 1.000000");
  }

  @Test
  void aFeatureFromTheRowsFuture_isNamed() throws Exception {
    ingests.time = "t";
    ingests.columns.put("settled", ColumnType.CATEGORY);
    ingests.csv(
        csv(
            "a,t,settled,y",
            40,
            i -> "%d,2026-01-%02d,2026-02-%02d,%d".formatted(i * 7, i % 28 + 1, i % 9 + 1, i % 2)));
    refused(FailureType.DATA_INVALID, "settled: later than t in 40 rows");
  }

  @Test
  void aSplitByOneTime_isRefused() throws Exception {
    ingests.split = new SplitSpec(SplitSpec.Kind.TIME, "t", 0.2, 0.1, 7);
    ingests.csv(csv("a,t,y", 40, i -> i * 7 % 31 + ",2026-01-01," + i % 2));
    refused(FailureType.DATA_INVALID, "t: one time in all rows", "at least two different");
  }

  @Test
  void aTimeThatIsNone_isNamedWithItsRow() throws Exception {
    ingests.split = new SplitSpec(SplitSpec.Kind.TIME, "t", 0.2, 0.1, 7);
    ingests.csv(csv("a,t,y", 40, i -> i + (i == 3 ? ",soon," : ",2026-01-01,") + i % 2));
    refused(FailureType.DATA_UNREADABLE, "t: 'soon' in row 4", "expected: a time");
  }

  @Test
  void aNameThatLeavesItsFolder_isRefused() throws Exception {
    ingests.name = "../x";
    ingests.csv(csv("a,b,y", 40, BadDataTest::good));
    refused(FailureType.CONFIG_INVALID, "name: ../x", "no '..'");
  }

  @Test
  void aBrokenBlockRule_stopsTheRunAndEveryOneIsNamed() throws Exception {
    ingests.expectations.add(Rules.on("a").range(1.0, null).then(OnBreak.BLOCK, 1));
    ingests.expectations.add(Rules.ofTable().rows(100L, null).then(OnBreak.BLOCK, 1));
    ingests.csv(csv("a,b,y", 40, BadDataTest::good));
    refused(
        FailureType.DATA_INVALID,
        "of 40 rows (expected: a in [1.0, …])",
        "rows: 40 (expected: rows in [100, …])");
  }

  @Test
  void moreDroppedRowsThanTheCap_stopTheRun() throws Exception {
    ingests.expectations.add(Rules.on("a").range(16.0, null).then(OnBreak.DROP, 0.1));
    ingests.csv(csv("a,b,y", 40, BadDataTest::good));
    refused(FailureType.DATA_INVALID, "would be dropped", "max-dropped 10.0%");
  }

  @Test
  void anSqlConditionThatReadsFiles_isRefused() throws Exception {
    ingests.expectations.add(
        Rules.ofTable()
            .sql("a < (SELECT count(*) FROM read_text('/etc/passwd'))")
            .then(OnBreak.BLOCK, 1));
    ingests.csv(csv("a,b,y", 40, BadDataTest::good));
    refused(FailureType.CONFIG_INVALID, "Permission Error", "a condition DuckDB can evaluate");
  }
}
