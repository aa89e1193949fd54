package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.spec.Rules;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that are split by a key of each row, from a file to the store. */
class LargeTableTest {
  @TempDir private Path root;

  private Ingests table(String select) throws Exception {
    Path file = root.resolve("large.csv");
    try (DuckDb db = DuckDb.open(1, root.resolve("spill"))) {
      db.run("COPY (" + select + ") TO " + DuckDb.text(file.toString()) + " (HEADER)");
    }
    Ingests ingests = new Ingests(root).from(new SourceSpec(file.toString(), null, null));
    ingests.id = "id";
    ingests.split = new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7);
    return ingests;
  }

  private static Stream<String> sentences(IngestResult result) {
    return result.expectations().stream().map(ExpectationOutcome::sentence);
  }

  @Test
  void equalRowsAndIds_areCounted_andTheSplitIsExact() throws Exception {
    // of two hundred rows one is the one before again, ids of a hundred rows are taken twice
    Ingests ingests =
        table(
            "SELECT range - CASE WHEN range < 200 THEN range % 2 ELSE 0 END AS id,"
                + " (range - CASE WHEN range % 200 = 199 THEN 1 ELSE 0 END) * 0.5 AS a,"
                + " CASE WHEN hash(range // 2) % 10 = 0 THEN 'yes' ELSE 'no' END AS y"
                + " FROM range(500000)");
    IngestResult result = ingests.run();
    assertThat(result.splits())
        .isEqualTo(Map.of("train", 350_000L, "validation", 50_000L, "test", 100_000L));
    assertThat(sentences(result))
        .contains(
            "2500 rows equal another one in features and target; 0 with a twin in a later split"
                + " were left out")
        .anyMatch(s -> s.matches("id: \\d+ of its values stand in more than one split;.*"));
    try (DuckDb db = DuckDb.open(1, root.resolve("spill"))) {
      List<Path> files =
          Stream.of("train", "validation", "test")
              .flatMap(
                  split ->
                      new Datasets(ingests.store, root.resolve("reader"))
                          .files(result.dataset(), split).stream())
              .toList();
      String rows =
          "read_parquet(%s, filename = true)"
              .formatted(DuckDb.texts(files.stream().map(Path::toString).toList()));
      assertThat(
              db.number(
                  "SELECT count(*) FROM (SELECT a, y FROM %s GROUP BY a, y HAVING count(DISTINCT filename) > 1)"
                      .formatted(rows)))
          .isZero();
      // each part has its rows as the source has them
      assertThat(
              db.number(
                  ("SELECT count(*) FROM (SELECT a, lag(a) OVER (PARTITION BY filename ORDER BY"
                          + " file_row_number) AS last FROM read_parquet(%s, filename = true,"
                          + " file_row_number = true)) WHERE a < last")
                      .formatted(DuckDb.texts(files.stream().map(Path::toString).toList()))))
          .isZero();
    }
    assertThat(ingests.run().dataset().digest()).isEqualTo(result.dataset().digest());
    assertThat(ingests.scraps()).isEmpty();
  }

  /** Which of the engine's threads is faster differs from run to run. */
  @Test
  void severalFilesASplit_withoutTheRowsThatWereDropped_areTheSameBytesEachTime() throws Exception {
    Ingests ingests =
        table(
            "SELECT range AS id, range * 0.5 AS a, "
                + DuckDb.list(10, i -> "hash(range, " + i + ") % 100000 / 100 AS x" + i)
                + ", CASE WHEN hash(range) % 10 < 3 THEN 'yes' ELSE 'no' END AS y"
                + " FROM range(520000)");
    ingests.expectations.add(
        Rules.on("x0").range(1.0, null).then(ExpectationSpec.OnBreak.DROP, 0.1));
    IngestResult first = ingests.run();
    assertThat(first.rowsQuarantined()).isBetween(400L, 650L);
    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    List<Path> train = datasets.files(first.dataset(), "train");
    assertThat(train).hasSize(2);
    try (DuckDb db = DuckDb.open(1, root.resolve("spill"))) {
      String files = DuckDb.texts(train.stream().map(Path::toString).toList());
      assertThat(
              db.number(
                  ("SELECT count(*) FROM (SELECT a, lag(a) OVER (ORDER BY filename,"
                          + " file_row_number) AS last FROM read_parquet(%s, filename = true,"
                          + " file_row_number = true)) WHERE a <= last")
                      .formatted(files)))
          .isZero();
      assertThat(db.number("SELECT count(*) FROM read_parquet(" + files + ") WHERE x0 < 1"))
          .isZero();
    }
    for (int i = 0; i < 3; i++) {
      assertThat(ingests.run().dataset().digest()).isEqualTo(first.dataset().digest());
    }
  }

  @Test
  void aTableOfFewDifferentRows_isSplitRowByRow() throws Exception {
    Ingests ingests =
        table(
            "SELECT range AS id, 'k' || hash(range) % 7 AS a, hash(range) % 2 AS y"
                + " FROM range(500000)");
    IngestResult result = ingests.run();
    assertThat(result.splits())
        .isEqualTo(Map.of("train", 350_000L, "validation", 50_000L, "test", 100_000L));
    assertThat(sentences(result))
        .contains(
            "499986 rows equal another one: so few are different that each was placed by itself");
  }
}
