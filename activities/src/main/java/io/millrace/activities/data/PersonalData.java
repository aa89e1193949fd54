package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks for personal data in every column of {@code raw}: by the column's name, by the share of its
 * values that a recogniser knows, by a dictionary of names, and inside its texts. Counts leave it,
 * values never.
 *
 * <p>Which recognisers are worth counting with is decided on a sample, every n-th row; what is
 * counted and what is hidden inside texts looks at every row.
 */
final class PersonalData {
  /** Numbers and short texts cannot hold what is looked for inside text. */
  private static final int SHORTEST_INSIDE = 6;

  /** Shorter whole numbers are no number of a card or person. */
  static final int SHORTEST_NUMBER = 9;

  /** Rows of the sample. With a share of a fifth the sample's is right to a fiftieth. */
  private static final int SAMPLE = 20_000;

  /** Rows that are looked at before all are. */
  private static final int FIRST = 2048;

  /** Different values shown to the dictionary. */
  private static final int NAMES = 2_000;

  /** Words in a text, on average, and different ones in ten, that make a column free text. */
  private static final double WORDS = 6;

  private final DuckDb db;

  PersonalData(DuckDb db) {
    this.db = db;
  }

  /**
   * @param whole all of the column's values count, not only those that match
   * @param matches values the recogniser knows; all that are there when the name gave it away
   */
  record Finding(RawColumn column, String recogniser, boolean whole, long matches) {
    static final String FREE_TEXT = "free-text";

    /** Replaces what is personal inside a text. */
    String hide(String text, java.util.function.UnaryOperator<String> replacement) {
      String hidden = ValueRecognisers.hide(text, replacement);
      return recogniser.equals(FREE_TEXT) ? PersonNames.hide(hidden, replacement) : hidden;
    }

    /** SQL over {@code x}: true for every text that would be changed. */
    String candidates() {
      return recogniser.equals(FREE_TEXT)
          ? "(" + ValueRecognisers.INSIDE_CANDIDATES + " OR " + PersonNames.PAIRS + ")"
          : ValueRecognisers.INSIDE_CANDIDATES;
    }
  }

  /** At most one finding of a whole column, else at most one of single values inside texts. */
  List<Finding> find(List<RawColumn> columns) throws SQLException {
    long rows = db.number("SELECT count(*) FROM raw");
    long step = Math.max(1, rows / SAMPLE);
    List<Shape> shapes = shapes(columns);
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      find(columns.get(i), shapes.get(i), step).ifPresent(findings::add);
    }
    return findings;
  }

  private Optional<Finding> find(RawColumn column, Shape shape, long step) throws SQLException {
    Optional<String> byName = NameRecognisers.of(column.name());
    SureTexts hidden = column.hidden();
    if (hidden != null) {
      long values = db.number("SELECT count(" + column.sql() + ") FROM raw");
      return Optional.of(new Finding(column, byName.orElse(hidden.recogniser()), true, values));
    }
    String text = text(column);
    String trimmed = trimmed(column);
    String present = present(column);
    if (byName.isPresent()) {
      long values = db.number("SELECT count_if(" + present + ") FROM raw");
      return values == 0 || PatientFields.of(column.name()).isEmpty() && oneHot(text)
          ? Optional.empty()
          : Optional.of(new Finding(column, byName.get(), true, values));
    }
    boolean phones = NameRecognisers.speaksOfPhones(column.name());
    if (!shape.worthReading(phones)) {
      return Optional.empty();
    }
    // patterns cost more than counting: each different text is looked at once
    String values = " FROM (SELECT " + trimmed + " AS x%s FROM raw WHERE " + present + "%s)";
    String grouped = values.formatted(", count(*) AS n", "%s GROUP BY 1");
    String all = grouped.formatted("");
    String sample = grouped.formatted(step == 1 ? "" : " AND rowid % " + step + " = 0");
    Texts texts = new Texts(all, values.formatted(", 1::BIGINT AS n", ""), sample);
    Optional<Finding> whole = whole(column, phones, texts);
    if (whole.isPresent() || column.family() != Family.TEXT || shape.numbers()) {
      return whole;
    }
    if (names(sample)) {
      return Optional.of(
          new Finding(column, "person-name", true, db.number("SELECT sum(n)" + texts.each())));
    }
    Finding inside =
        new Finding(column, free(sample) ? Finding.FREE_TEXT : "inside-text", false, 0);
    long matches =
        count(all, inside.candidates(), x -> !inside.hide(x, found -> "").equals(x)).texts();
    return matches == 0
        ? Optional.empty()
        : Optional.of(new Finding(column, inside.recogniser(), false, matches));
  }

  /** Whether somebody has it, rather than what it is; of a patient that alone is personal. */
  private boolean oneHot(String text) throws SQLException {
    String others =
        "SELECT count_if(trim(%1$s) <> '' AND lower(trim(%1$s)) NOT IN (%2$s)) FROM "
            .formatted(text, "'0', '1', '0.0', '1.0', 'true', 'false', 'yes', 'no'");
    // one among the first is enough to know
    return db.number(others + "(SELECT * FROM raw LIMIT " + FIRST + ")") == 0
        && db.number(others + "raw") == 0;
  }

  /**
   * Where to find a column's texts {@code x} that are not blank, {@code n} times each.
   *
   * @param grouped each different one once
   * @param each all of them
   * @param sample some of them, each different one once
   */
  private record Texts(String grouped, String each, String sample) {}

  private Optional<Finding> whole(RawColumn column, boolean phones, Texts texts)
      throws SQLException {
    List<Recogniser> recognisers = new ArrayList<>(ValueRecognisers.ALL);
    if (phones) {
      recognisers.add(ValueRecognisers.NAMED_PHONE);
    }
    StringBuilder sql = new StringBuilder("SELECT sum(n), count(*)");
    for (Recogniser recogniser : recognisers) {
      sql.append(", sum(n) FILTER (").append(recogniser.candidates()).append(")");
    }
    List<@Nullable Object> counts = db.row(sql + texts.sample());
    long sampled = number(counts.getFirst());
    // grouping pays where texts repeat
    boolean repeat = number(counts.get(1)) * 2 < sampled;
    long values = -1;
    for (int i = 0; i < recognisers.size(); i++) {
      Recogniser recogniser = recognisers.get(i);
      // half the share: the sample's share is not the column's
      if (number(counts.get(i + 2)) > 0
          && number(counts.get(i + 2)) >= sampled * recogniser.share() / 2) {
        values = values < 0 ? db.number("SELECT sum(n)" + texts.each()) : values;
        boolean one = recogniser.least() == 1;
        Count known = count(one && !repeat ? texts.each() : texts.grouped(), recogniser);
        if (known.different() >= recogniser.least()
            && known.texts() >= values * recogniser.share()) {
          return Optional.of(new Finding(column, recogniser.name(), true, known.texts()));
        }
      }
    }
    return Optional.empty();
  }

  /** Those that SQL is sure of are counted there, the other candidates one by one. */
  private Count count(String texts, Recogniser recogniser) throws SQLException {
    String sure = recogniser.sure();
    if (sure == null) {
      return count(texts, recogniser.candidates(), recogniser::knows);
    }
    List<@Nullable Object> row =
        db.row(
            ("SELECT sum(n) FILTER (sure), count(*) FILTER (sure), count(*) FILTER (sure OR maybe)"
                    + " FROM (SELECT n, sure, CASE WHEN sure THEN true ELSE %2$s END AS maybe"
                    + " FROM (SELECT x, n, %1$s AS sure%3$s))")
                .formatted(sure, recogniser.candidates(), texts));
    Count known = new Count(number(row.get(0)), number(row.get(1)));
    if (number(row.get(2)) == known.different()) {
      return known;
    }
    Count others = count(texts, recogniser.candidates() + " AND NOT " + sure, recogniser::knows);
    return new Count(known.texts() + others.texts(), known.different() + others.different());
  }

  /**
   * @param longest bytes of a value in UTF-8, at least as many as its characters; one that is long
   *     enough for whatever is looked for may stand for longer ones
   * @param numbers whether every value is one
   */
  private record Shape(long longest, boolean numbers, Family family) {
    boolean worthReading(boolean phones) {
      if (family == Family.BOOLEAN || family == Family.TIME || longest < SHORTEST_INSIDE) {
        return false;
      }
      return !numbers || longest >= SHORTEST_NUMBER || phones;
    }
  }

  private List<Shape> shapes(List<RawColumn> columns) throws SQLException {
    List<String> counts = new ArrayList<>();
    for (RawColumn column : columns) {
      if (asked(column)) {
        String text = text(column);
        counts.add("max(strlen(" + text + "))");
        counts.add(
            column.whole()
                ? "false"
                : "coalesce(bool_or(CASE WHEN try_cast(%s AS DOUBLE) IS NULL THEN %s END), false)"
                    .formatted(text, present(column)));
      }
    }
    // what the first rows say of their kind holds for all, as does that one of them is long enough
    List<@Nullable Object> first =
        counts.isEmpty() ? List.of() : shapes(counts, "(SELECT * FROM raw LIMIT " + FIRST + ")");
    for (int i = 0; i < counts.size(); i += 2) {
      if (number(first.get(i)) >= SHORTEST_NUMBER) {
        counts.set(i, String.valueOf(first.get(i)));
      }
      if (Boolean.TRUE.equals(first.get(i + 1))) {
        counts.set(i + 1, "true");
      }
    }
    List<@Nullable Object> all = counts.isEmpty() ? List.of() : shapes(counts, "raw");
    List<Shape> shapes = new ArrayList<>();
    int at = 0;
    for (RawColumn column : columns) {
      boolean asked = asked(column);
      shapes.add(
          new Shape(
              asked ? number(all.get(at)) : 0,
              !asked || !Boolean.TRUE.equals(all.get(at + 1)),
              column.family()));
      at += asked ? 2 : 0;
    }
    return shapes;
  }

  private List<@Nullable Object> shapes(List<String> counts, String from) throws SQLException {
    return db.row("SELECT " + String.join(", ", counts) + " FROM " + from);
  }

  /** Plain numbers are too short for anything that is looked for. */
  private static boolean asked(RawColumn column) {
    return column.hidden() == null
        && !column.plain()
        && column.family() != Family.BOOLEAN
        && column.family() != Family.TIME;
  }

  private static String text(RawColumn column) {
    return column.family() == Family.TEXT ? column.sql() : "CAST(" + column.sql() + " AS VARCHAR)";
  }

  private static String trimmed(RawColumn column) {
    return column.family() == Family.TEXT ? column.trimmed() : "trim(" + text(column) + ")";
  }

  private static String present(RawColumn column) {
    return column.family() == Family.TEXT ? column.present() : Column.present(text(column));
  }

  /** Whether the dictionary knows a fair share of the different values. */
  private boolean names(String sample) throws SQLException {
    List<String> values = new ArrayList<>();
    db.blocks(
        "SELECT x"
            + sample
            + " WHERE NOT regexp_matches(x, '[0-9@/]') ORDER BY hash(x) LIMIT "
            + NAMES,
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            values.add(block.vector(0).getString(i));
          }
        });
    long different = Math.min(NAMES, db.number("SELECT count(*)" + sample));
    return values.size() * 10L >= different * 9 && PersonNames.fill(values);
  }

  /** Whether the values are sentences rather than names of kinds. */
  private boolean free(String sample) throws SQLException {
    List<@Nullable Object> row =
        db.row(
            "SELECT avg(length(x) - length(replace(x, ' ', '')) + 1), count(*) * 2 > sum(n)"
                + sample);
    return row.get(0) instanceof Number words
        && words.doubleValue() >= WORDS
        && Boolean.TRUE.equals(row.get(1));
  }

  /**
   * @param texts values with repeats
   */
  private record Count(long texts, long different) {}

  private Count count(String texts, String candidates, Predicate<String> known)
      throws SQLException {
    long[] matches = {0, 0};
    db.blocks(
        "SELECT x, n" + texts + " WHERE " + candidates,
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            if (known.test(block.vector(0).getString(i))) {
              matches[0] += block.vector(1).getLong(i);
              matches[1]++;
            }
          }
        });
    return new Count(matches[0], matches[1]);
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
