package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a table that is known to be good says about those to come: for a person to read and change.
 * Columns are typed as an ingest would. No value of a column that speaks of people is shown.
 */
public final class SuggestedExpectations {
  /** More different values are no list that a person reads. */
  private static final int MOST_VALUES = 20;

  /** A value of a list stands in so many rows, on average. */
  private static final int ROWS_A_VALUE = 10;

  /** Of the width of what was seen, on either side. */
  private static final double MARGIN = 0.1;

  private SuggestedExpectations() {}

  /**
   * @param rule keys and values as in {@code data.expectations}
   * @param why what was seen
   */
  public record Suggestion(Map<String, Object> rule, String why) {}

  /**
   * @param rows of the table
   * @param types of the features, {@code number} or {@code category}, by column
   */
  public record Suggested(long rows, Map<String, String> types, List<Suggestion> expectations) {}

  /**
   * Makes the table {@code raw} and looks at it.
   *
   * @param from SQL that gives the rows, texts as they are written
   * @param names of its columns
   * @param target null when nothing is learned
   */
  public static Suggested of(DuckDb db, String from, List<String> names, @Nullable String target)
      throws SQLException {
    List<RawColumn> columns = new ArrayList<>();
    names.forEach(name -> columns.add(new RawColumn(columns.size(), name, Family.TEXT)));
    db.run(
        "CREATE TABLE raw AS SELECT %s FROM %s"
            .formatted(
                DuckDb.list(
                    names.size(),
                    i ->
                        "CAST(%s AS VARCHAR) AS c%d".formatted(DuckDb.name(names.get((int) i)), i)),
                from));
    long rows = db.number("SELECT count(*) FROM raw");
    List<ColumnFacts> facts = ColumnFacts.of(db, columns, column -> true, column -> false);
    Map<String, String> types = new LinkedHashMap<>();
    List<Suggestion> suggestions = new ArrayList<>();
    suggestions.add(
        new Suggestion(
            Map.of("rows", Map.of("min", Math.max(1, rows / 2))), "half of the " + rows + " here"));
    for (RawColumn column : columns) {
      ColumnFacts own = facts.get(column.index());
      boolean number = own.allNumbers() && own.codes() == 0;
      boolean time = !own.allNumbers() && own.values() > 0 && own.times() == own.values();
      boolean learned = column.name().equals(target);
      if (own.values() == 0) {
        continue;
      }
      long there = own.values() - own.missing();
      if (!learned) {
        missing(column.name(), rows, number ? there : own.values(), suggestions);
        if (!time) {
          types.put(column.name(), number ? "number" : "category");
        }
      }
      values(db, column, number, rows, suggestions);
      if (number && !learned) {
        range(db, column, suggestions);
      }
    }
    return new Suggested(rows, types, suggestions);
  }

  private static void missing(String name, long rows, long there, List<Suggestion> suggestions) {
    if (there == rows) {
      suggestions.add(new Suggestion(rule(name, "not-null", true, null), "none is missing"));
    } else {
      double share = 1 - (double) there / rows;
      double most = Math.min(1, Math.ceil((share * 1.5 + 0.01) * 1000) / 1000);
      suggestions.add(
          new Suggestion(
              rule(name, "nulls", most, null),
              "missing in %d of %d rows".formatted(rows - there, rows)));
    }
  }

  /** The list of allowed values, or that no value comes twice. */
  private static void values(
      DuckDb db, RawColumn column, boolean number, long rows, List<Suggestion> suggestions)
      throws SQLException {
    String value = number ? Column.numberText(column) : Column.text(column);
    long distinct = db.number("SELECT count(DISTINCT %s) FROM raw".formatted(value));
    boolean id = column.name().toLowerCase(java.util.Locale.ROOT).matches("(.*[_. -])?id");
    if (distinct == rows && rows > 1 && (id || !number)) {
      suggestions.add(
          new Suggestion(rule(column.name(), "unique", true, null), "each stands in one row"));
    }
    if (distinct > MOST_VALUES || distinct * ROWS_A_VALUE > rows || (number && distinct > 10)) {
      return;
    }
    List<String> values = new ArrayList<>();
    boolean personal = NameRecognisers.of(column.name()).isPresent();
    for (List<@Nullable Object> row :
        db.rows(
            "SELECT DISTINCT %1$s FROM raw WHERE (%1$s) IS NOT NULL ORDER BY 1".formatted(value))) {
      String text = String.valueOf(row.getFirst());
      personal |= !ValueRecognisers.shown(text).equals(text);
      values.add(text);
    }
    if (!personal) {
      suggestions.add(
          new Suggestion(
              rule(column.name(), "set", values, "warn"), values.size() + " different values"));
    }
  }

  private static void range(DuckDb db, RawColumn column, List<Suggestion> suggestions)
      throws SQLException {
    String n = Column.number(column);
    List<@Nullable Object> row =
        db.row(
            "SELECT min(%1$s), max(%1$s), bool_and(coalesce(%1$s = trunc(%1$s), true)) FROM raw"
                .formatted(n));
    if (!(row.get(0) instanceof Number least) || !(row.get(1) instanceof Number most)) {
      return;
    }
    double low = least.doubleValue();
    double high = most.doubleValue();
    double margin = (high - low) * MARGIN;
    boolean whole = Boolean.TRUE.equals(row.get(2));
    // what never was below nothing, or above it, stays so
    double from = low >= 0 ? Math.max(0, low - margin) : low - margin;
    double to = high <= 0 ? Math.min(0, high + margin) : high + margin;
    List<Object> range =
        List.of(rounded(from, whole, RoundingMode.FLOOR), rounded(to, whole, RoundingMode.CEILING));
    suggestions.add(
        new Suggestion(
            rule(column.name(), "range", range, "warn"),
            "seen %s to %s".formatted(plain(low), plain(high))));
  }

  private static Object rounded(double value, boolean whole, RoundingMode mode) {
    BigDecimal exact = BigDecimal.valueOf(value);
    return whole && Math.abs(value) < 1e15
        ? (Object) exact.setScale(0, mode).longValueExact()
        : (Object) exact.round(new MathContext(4, mode)).doubleValue();
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static Map<String, Object> rule(
      String column, String kind, Object value, @Nullable String onBreak) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("column", column);
    rule.put(kind, value);
    if (onBreak != null) {
      rule.put("on-break", onBreak);
    }
    return rule;
  }
}
