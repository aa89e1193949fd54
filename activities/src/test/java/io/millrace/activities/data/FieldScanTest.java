package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.data.RawColumn.Look;
import io.millrace.activities.data.RawColumn.Seen;
import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldScanTest {
  @TempDir private Path root;

  private List<Seen> looks(String csv, boolean header) throws Exception {
    Path file = Files.writeString(root.resolve("t.csv"), csv);
    CsvHeader dialect = CsvHeader.read(file, "t.csv", header);
    return FieldScan.looks(
        List.of(file), dialect, header, new SureTexts[dialect.names().size()], 0);
  }

  /** What a column's only value says, of one that stands between others and of one at the end. */
  private Look look(String value) throws Exception {
    List<Seen> seen = looks("a,b,c\n1," + value + ",2\n", true);
    assertThat(seen.get(0)).isEqualTo(new Seen(Look.PLAIN_WHOLE, 0, true, null));
    assertThat(seen.get(2)).isEqualTo(new Seen(Look.PLAIN_WHOLE, 0));
    assertThat(looks("a,b\n1," + value, true).get(1)).isEqualTo(seen.get(1));
    return seen.get(1).look();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "12345678", "-3"})
  void looks_ofPlainWholeNumbers_areBoth(String value) throws Exception {
    assertThat(look(value)).isEqualTo(Look.PLAIN_WHOLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0", "-3.25", "0.0001", "12345678901.5"})
  void looks_ofPlainNumbers_arePlain(String value) throws Exception {
    assertThat(look(value)).isEqualTo(Look.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"123456789", "-123456789012345", "999999999999999"})
  void looks_ofLongWholeNumbers_areWhole(String value) throws Exception {
    assertThat(look(value)).isEqualTo(Look.WHOLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "007",
        "00",
        "-00",
        "1234567890123456",
        "NA",
        "1e5",
        "+1",
        ".5",
        "5.",
        "1_0",
        "nan",
        "--1",
        "1-1",
        "\"1\"",
        "1.2.3",
        "-",
        "a b",
        "somewhat longer than eight bytes",
        "\"a, \"\"b\"\"\"",
        "\"a\nb\"",
        "\"a\"\"\""
      })
  void looks_ofTextsWithoutBlanksAround_areTrimmed(String value) throws Exception {
    assertThat(look(value)).isEqualTo(Look.TRIMMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " 1",
        "1 ",
        "a ",
        "a text that ends with a blank ",
        " a",
        "\ta",
        "\"\"",
        "\" \"",
        "\" a\"",
        "\"a \"",
        "\u00a0a",
        "a\u00a0",
        "\u3000a",
        "a\u2003",
        "\"a\u00a0\"",
        "\"\"\" \""
      })
  void looks_ofTextsWithBlanksAround_areAny(String value) throws Exception {
    List<Seen> seen = looks("a,b,c\n1," + value + ",2\n", true);
    assertThat(seen.get(1)).isEqualTo(Seen.NOTHING);
  }

  @Test
  void looks_ofAColumn_areThoseOfAllItsValues_andAMissingOneMakesItNotFull() throws Exception {
    assertThat(looks("a,b,c,d\n1,1.5,123456789,x\n,2,0,\n3,,7,y\n", true))
        .containsExactly(
            new Seen(Look.PLAIN_WHOLE, 1, true, null),
            new Seen(Look.PLAIN, 1),
            new Seen(Look.WHOLE, 0),
            new Seen(Look.TRIMMED, 1));
    assertThat(looks("a,b\n1,2\nx,3\n", true))
        .containsExactly(new Seen(Look.TRIMMED, 0), new Seen(Look.PLAIN_WHOLE, 0));
  }

  /** The engine's own trim is the judge: what it would change must not be called trimmed. */
  @Test
  void looks_ofRandomTexts_agreeWithTheEngine() throws Exception {
    String[] pieces = {
      "a",
      "1",
      "0",
      "-",
      ".",
      " ",
      "\t",
      "\"",
      "\u00a0",
      "\u2009",
      "\u00e9",
      "12345678",
      "\u3000",
      "_"
    };
    Random random = new Random(5);
    try (DuckDb db = DuckDb.open(1, root)) {
      for (int i = 0; i < 3_000; i++) {
        StringBuilder value = new StringBuilder();
        for (int n = random.nextInt(5); n > 0; n--) {
          value.append(pieces[random.nextInt(pieces.length)]);
        }
        String quoted = "\"" + value.toString().replace("\"", "\"\"") + "\"";
        boolean quotes = value.indexOf("\"") >= 0 || random.nextBoolean();
        Seen seen = looks("a,b\n1," + (quotes ? quoted : value) + "\n", true).get(1);
        List<@Nullable Object> row =
            db.row(
                "SELECT trim(x) = x AND x <> '', regexp_full_match(x, '0|-?[1-9][0-9]{0,14}'),"
                    + " regexp_full_match(x, '-?(0|[1-9][0-9]*)([.][0-9]+)?') FROM (SELECT "
                    + DuckDb.text(value.toString())
                    + " AS x)");
        boolean there = quotes || !value.isEmpty();
        String told = value + " -> " + seen;
        assertThat(seen.look() == Look.ANY || !there || Boolean.TRUE.equals(row.get(0)))
            .as(told)
            .isTrue();
        assertThat(seen.whole())
            .as(told)
            .isEqualTo(!there || !quotes && Boolean.TRUE.equals(row.get(1)));
        assertThat(!seen.plain() || !there || Boolean.TRUE.equals(row.get(2))).as(told).isTrue();
        assertThat(seen.full()).as(told).isEqualTo(there && seen.look() != Look.ANY);
      }
    }
  }

  @Test
  void looks_skipTheHeaderOnly_andQuotedTextsWhole() throws Exception {
    assertThat(looks("a,b\n\"x,\"\"\n,9\",1\r\n\"y\",2\r\n", true))
        .extracting(Seen::look)
        .containsExactly(Look.TRIMMED, Look.PLAIN_WHOLE);
    assertThat(looks("a,1\n2,3\n", false))
        .extracting(Seen::look)
        .containsExactly(Look.TRIMMED, Look.PLAIN_WHOLE);
  }

  @Test
  void looks_ofARowOfAnotherWidth_sayNothing() throws Exception {
    assertThat(looks("a,b\n1,2\n1,2,3\n", true)).containsOnly(Seen.NOTHING);
    assertThat(looks("a,b\n1,2\n1\n", true)).containsOnly(Seen.NOTHING);
  }

  @Test
  void looks_ofOneColumn_countAnEmptyLineAsMissing() throws Exception {
    assertThat(looks("a\n1\n\n2\n", true))
        .containsExactly(new Seen(Look.PLAIN_WHOLE, -1, true, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1,x 2,x 3,x", "-12,x -3,x 0,x 5,x", "7,x ,x 8,x", "9,x 10,x 100000000000000,x"})
  void looks_ofNumbersThatGrow_areAscending(String rows) throws Exception {
    assertThat(looks("n,t\n" + rows.replace(' ', '\n') + "\n", true).getFirst().ascending())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,x 1,x",
        "2,x 1,x",
        "1,x 2,x 1,x",
        "1,x 2.5,x",
        "1,x a,x",
        "x,x y,x",
        "-3,x -3,x"
      })
  void looks_ofOtherValues_areNotAscending(String rows) throws Exception {
    assertThat(looks("n,t\n" + rows.replace(' ', '\n') + "\n", true).getFirst().ascending())
        .isFalse();
  }

  /** Fields that lie in two of the scan's buffers are looked at whole. */
  @Test
  void looks_ofALongFile_followWatchedFieldsAcrossBuffers() throws Exception {
    StringBuilder csv = new StringBuilder("n,mail\n");
    for (int i = 0; csv.length() < 1_400_000; i++) {
      csv.append(i).append(",p").append(i).append("@mail.example.org\n");
    }
    Path file = Files.writeString(root.resolve("t.csv"), csv);
    CsvHeader dialect = CsvHeader.read(file, "t.csv", true);
    SureTexts[] thought = {null, SureTexts.EMAIL};
    assertThat(FieldScan.looks(List.of(file), dialect, true, thought, 0))
        .containsExactly(
            new Seen(Look.PLAIN_WHOLE, 0, true, null),
            new Seen(Look.TRIMMED, 0, false, SureTexts.EMAIL));
    Files.writeString(file, csv.append("1,nobody\n"));
    assertThat(FieldScan.looks(List.of(file), dialect, true, thought, 0))
        .containsExactly(new Seen(Look.PLAIN_WHOLE, 0), new Seen(Look.TRIMMED, 0));
  }

  /** The fourth field ends the sample while the first one, beside which it is followed, goes on. */
  @Test
  void sample_ofAShortTextAfterALongOne_isOfBoth() throws Exception {
    Path file = root.resolve("t.csv");
    Files.writeString(
        file, "n,m\n1," + "a".repeat(50) + "@b.org\n2,a@b.org\n3,a@b.org\n4,a@b.org\n");
    CsvHeader dialect = CsvHeader.read(file, "t.csv", true);
    FieldScan.Sample sample = FieldScan.sample(file, dialect, true);
    assertThat(sample.all(SureTexts.EMAIL)).containsExactly(false, true);
    assertThat(sample.plain()).containsExactly(true, false);
  }

  private List<RawColumn> read(List<String> values, DuckDb db) throws Exception {
    List<String> lines = new ArrayList<>(List.of("n,v"));
    for (int i = 0; i < values.size(); i++) {
      lines.add(i + "," + values.get(i));
    }
    Path file = Files.write(root.resolve("t.csv"), lines);
    return new CsvTable(
            db,
            Relation.file(db, "raw", root),
            new StagedSource("t.csv", List.of(file), List.of("t.csv"), null),
            CsvHeader.read(file, "t.csv", true),
            true,
            new Partitions(List.of(), List.of()))
        .read(new Unasked(name -> true, name -> true, "n"));
  }

  @Test
  void read_whereOneValueBeyondTheSampleIsACode_readsTheColumnAsText() throws Exception {
    List<String> values =
        new ArrayList<>(IntStream.range(0, 40_000).mapToObj(i -> i + ".5").toList());
    try (DuckDb db = DuckDb.open(2, root)) {
      assertThat(read(values, db)).extracting(RawColumn::family).containsOnly(Family.NUMBER);
      values.set(39_000, "007");
      assertThat(read(values, db))
          .extracting(RawColumn::family)
          .containsExactly(Family.NUMBER, Family.TEXT);
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 39000")).containsExactly("007");
      values.set(39_000, "none");
      read(values, db);
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 39000")).containsExactly("none");
    }
  }

  @Test
  void read_whereTheBeginningIsPersonal_hidesTheColumn_unlessOneValueIsNot() throws Exception {
    List<String> values =
        new ArrayList<>(
            IntStream.range(0, 9_000).mapToObj(i -> "p" + i + "@mail.example.org").toList());
    values.set(8_000, "");
    try (DuckDb db = DuckDb.open(2, root)) {
      RawColumn hidden = read(values, db).getLast();
      assertThat(hidden.hidden()).isSameAs(SureTexts.EMAIL);
      assertThat(db.rows("SELECT c1, count(*) FROM raw GROUP BY 1 ORDER BY 2"))
          .containsExactly(Arrays.asList(null, 1L), List.of("***", 8_999L));
      values.set(8_500, "nobody");
      assertThat(read(values, db).getLast().hidden()).isNull();
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 8500")).containsExactly("nobody");
      assertThat(db.row("SELECT c1 FROM raw WHERE c0 = 7")).containsExactly("p7@mail.example.org");
    }
  }
}
