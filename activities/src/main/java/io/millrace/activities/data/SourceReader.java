package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.SourceSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a staged source into the table {@code raw(c0, c1, …)}, rows in the order of the source. CSV
 * and JSON lines stay text, exactly as written: types are inferred later, and a card number keeps
 * all its digits.
 *
 * <p>What DuckDB says of a bad line quotes the line, so its messages are never passed on.
 */
final class SourceReader {
  private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");
  private static final Pattern FIELDS =
      Pattern.compile("Expected Number of Columns: (\\d+) Found: (\\d+)");
  private static final Pattern JSON_LINE = Pattern.compile("in line (\\d+)");

  private final DuckDb db;
  private final Relation raw;

  /**
   * @param raw takes the rows
   */
  SourceReader(DuckDb db, Relation raw) {
    this.db = db;
    this.raw = raw;
  }

  /**
   * @param spec of {@code csv}, {@code parquet}, {@code jsonl} or {@code avro}
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE}
   */
  List<RawColumn> read(StagedSource source, SourceSpec spec) throws IOException {
    return read(source, spec, null);
  }

  /**
   * @param unasked what nobody asks of the texts of a CSV; null when rows of elsewhere are added,
   *     of which its bytes tell nothing
   */
  List<RawColumn> read(StagedSource source, SourceSpec spec, @Nullable Unasked unasked)
      throws IOException {
    List<String> keys = spec.partitions();
    Partitions partitions = Partitions.of(source, keys == null ? List.of() : keys);
    try {
      return switch (spec.format()) {
        case "csv" -> csv(source, spec, partitions, unasked);
        case "parquet" -> typed(checked(source), partitions);
        case "avro" -> new AvroReader(db).read(source, partitions);
        default -> jsonLines(source, partitions);
      };
    } catch (SQLException e) {
      throw unreadable(source, e);
    }
  }

  private List<RawColumn> csv(
      StagedSource given, SourceSpec spec, Partitions partitions, @Nullable Unasked unasked)
      throws IOException, SQLException {
    boolean named = !Boolean.FALSE.equals(spec.header());
    StagedSource source = CsvBytes.utf8(given, spec.encoding());
    CsvHeader header = CsvHeader.read(source.files().getFirst(), source.shown(), named);
    for (Path file : source.files()) {
      if (!CsvHeader.read(file, source.shown(), named).equals(header)) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: %s has files with different headers (expected: %s in each)"
                .formatted(source.shown(), header.names()));
      }
    }
    CsvTable table = new CsvTable(db, raw, source, header, named, partitions);
    if (DecimalCommas.looked(spec.decimal(), header.delimiter())) {
      // what is seen of their texts will be so no more
      List<RawColumn> columns = table.read(null);
      DecimalCommas.replace(db, raw, columns.subList(0, header.names().size()));
      return columns;
    }
    return table.read(unasked);
  }

  private static StagedSource checked(StagedSource source) throws IOException {
    for (Path file : source.files()) {
      if (!isParquet(file)) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: " + source.shown() + " does not begin and end with PAR1 (expected: Parquet)");
      }
    }
    return source;
  }

  private List<RawColumn> typed(StagedSource source, Partitions partitions) throws SQLException {
    String from = "read_parquet(" + files(source) + ", hive_partitioning = false";
    List<RawColumn> columns = new ArrayList<>();
    List<String> selected = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (List<@Nullable Object> row : db.rows("DESCRIBE SELECT * FROM " + from + ")")) {
      String name = String.valueOf(row.get(0));
      Family family = RawColumn.familyOf(String.valueOf(row.get(1)));
      boolean kept = family != Family.TEXT && family != Family.OTHER;
      selected.add(
          (kept ? DuckDb.name(name) : "CAST(" + DuckDb.name(name) + " AS VARCHAR)")
              + " AS c"
              + columns.size());
      columns.add(new RawColumn(columns.size(), name, family));
      names.add(name);
    }
    CsvHeader.unique(names, source.shown());
    raw.create(
        "SELECT "
            + partitions.select(String.join(", ", selected), columns.size(), source.files())
            + " FROM "
            + from
            + (partitions.option().isEmpty() ? ")" : ", filename = true)"),
        false);
    return partitions.add(columns, source.shown());
  }

  private List<RawColumn> jsonLines(StagedSource source, Partitions partitions)
      throws IOException, SQLException {
    for (Path file : source.files()) {
      if (!startsWithObject(file)) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: " + source.shown() + " does not begin with { (expected: one object a line)");
      }
    }
    String options = ", format = 'newline_delimited', hive_partitioning = false, ";
    List<RawColumn> columns = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (List<@Nullable Object> row :
        db.rows(
            "DESCRIBE SELECT * FROM read_json("
                + files(source)
                + options
                + "union_by_name = true, sample_size = -1)")) {
      Family family = RawColumn.familyOf(String.valueOf(row.get(1)));
      String name = String.valueOf(row.get(0));
      columns.add(
          new RawColumn(columns.size(), name, family == Family.OTHER ? family : Family.TEXT));
      names.add(name);
    }
    CsvHeader.unique(names, source.shown());
    raw.create(
        "SELECT "
            + partitions.select(
                DuckDb.list(names.size(), i -> DuckDb.name(names.get((int) i)) + " AS c" + i),
                names.size(),
                source.files())
            + " FROM read_json("
            + files(source)
            + options
            + partitions.option()
            + " columns = {"
            + DuckDb.list(names.size(), i -> DuckDb.text(names.get((int) i)) + ": 'VARCHAR'")
            + "})",
        false);
    return partitions.add(columns, source.shown());
  }

  static String files(StagedSource source) {
    return DuckDb.texts(source.files().stream().map(Path::toString).toList());
  }

  private static boolean isParquet(Path path) throws IOException {
    byte[] magic = "PAR1".getBytes(StandardCharsets.US_ASCII);
    byte[] seen = new byte[4];
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      if (file.length() < 12) {
        return false;
      }
      file.readFully(seen);
      boolean head = java.util.Arrays.equals(seen, magic);
      file.seek(file.length() - 4);
      file.readFully(seen);
      return head && java.util.Arrays.equals(seen, magic);
    }
  }

  private static boolean startsWithObject(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] head = in.readNBytes(4096);
      String text = new String(head, StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
      return text.startsWith("{");
    }
  }

  private static RuntimeException unreadable(StagedSource source, SQLException e) {
    String said = String.valueOf(e.getMessage());
    Matcher line = LINE.matcher(said);
    Matcher jsonLine = JSON_LINE.matcher(said);
    String where =
        line.find()
            ? " line " + line.group(1)
            : jsonLine.find() ? " line " + jsonLine.group(1) : "";
    Matcher fields = FIELDS.matcher(said);
    String what;
    if (fields.find()) {
      what =
          " has %s fields (expected: %s, as in the header)"
              .formatted(fields.group(2), fields.group(1));
    } else if (said.contains("unterminated quote")) {
      what = " has a quote that is never closed (expected: pairs of quotes)";
    } else if (said.contains("unicode") || said.contains("UTF-8") || said.contains("utf-8")) {
      what = " is not UTF-8 (expected: UTF-8)";
    } else if (said.contains("Malformed JSON")) {
      what = " is not JSON (expected: one object a line)";
    } else if (said.startsWith("Out of Memory") || said.contains("No space left")) {
      return Failures.of(
          FailureType.STORE_UNAVAILABLE,
          "scratch: full while reading " + source.shown() + " (expected: room for the table)");
    } else {
      what = " cannot be read (expected: the declared format): " + kind(said);
    }
    return Failures.of(FailureType.DATA_UNREADABLE, "source: " + source.shown() + where + what);
  }

  /** The error's class as DuckDB names it, without the sentence: that may quote values. */
  static String kind(String said) {
    int colon = said.indexOf(':');
    String kind = colon < 0 ? "" : said.substring(0, colon);
    return kind.matches("[A-Za-z ]{1,40}") ? kind : "error";
  }
}
