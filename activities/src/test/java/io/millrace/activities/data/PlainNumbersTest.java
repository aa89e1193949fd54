package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainNumbersTest {
  @TempDir private Path root;

  private boolean[] verify(String csv, boolean header) throws Exception {
    Path file = Files.writeString(root.resolve("t.csv"), csv);
    CsvHeader dialect = CsvHeader.read(file, "t.csv", header);
    boolean[] wanted = new boolean[dialect.names().size()];
    java.util.Arrays.fill(wanted, true);
    return PlainNumbers.verify(List.of(file), dialect, header, wanted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "007",
        "00",
        "123456789",
        "NA",
        "1e5",
        "+1",
        ".5",
        "5.",
        " 1",
        "1 ",
        "1_0",
        "nan",
        "--1",
        "1-1",
        "\"1\"",
        "1.2.3",
        "-"
      })
  void verify_ofAnythingElse_saysNo(String value) throws Exception {
    assertThat(verify("a,b\n1," + value + "\n", true)).containsExactly(true, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0", "7", "12345678", "-3.25", "0.0001", "12345678901.5", ""})
  void verify_ofPlainNumbers_saysYes(String value) throws Exception {
    assertThat(verify("a,b\n1," + value, true)).containsExactly(true, true);
  }

  @Test
  void verify_skipsTheHeaderOnly_andQuotedTextsWhole() throws Exception {
    assertThat(verify("a,b\n\"x,\"\"\n,9\",1\r\n\"y\",2\r\n", true)).containsExactly(false, true);
    assertThat(verify("a,1\n2,3\n", false)).containsExactly(false, true);
  }

  @Test
  void verify_ofARowOfAnotherWidth_saysNoToAll() throws Exception {
    assertThat(verify("a,b\n1,2\n1,2,3\n", true)).containsOnly(false);
    assertThat(verify("a,b\n1,2\n1\n", true)).containsOnly(false);
  }

  private List<RawColumn> read(List<String> values, DuckDb db) throws Exception {
    List<String> lines = new ArrayList<>(List.of("n,v"));
    for (int i = 0; i < values.size(); i++) {
      lines.add(i + "," + values.get(i));
    }
    Path file = Files.write(root.resolve("t.csv"), lines);
    return new CsvTable(
            db,
            new StagedSource("t.csv", List.of(file), List.of("t.csv"), null),
            CsvHeader.read(file, "t.csv", true),
            true,
            new Partitions(List.of(), List.of()))
        .read(name -> true);
  }

  @Test
  void read_whereOneValueBeyondTheSampleIsACode_readsTheColumnAsText() throws Exception {
    List<String> values =
        new ArrayList<>(IntStream.range(0, 40_000).mapToObj(i -> i + ".5").toList());
    try (DuckDb db = DuckDb.open(2, root)) {
      assertThat(read(values, db)).extracting(RawColumn::family).containsOnly(Family.NUMBER);
      db.run("DROP TABLE raw");
      values.set(39_000, "007");
      assertThat(read(values, db))
          .extracting(RawColumn::family)
          .containsExactly(Family.NUMBER, Family.TEXT);
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 39000")).containsExactly("007");
      db.run("DROP TABLE raw");
      values.set(39_000, "none");
      read(values, db);
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 39000")).containsExactly("none");
    }
  }
}
