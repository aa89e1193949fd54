package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.data.ValueRecognisers.Recogniser;
import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks for personal data in every column of {@code raw}: by the column's name, by the share of its
 * values that a recogniser knows, and inside its texts. Counts leave it, values never.
 */
final class PersonalData {
  /** Numbers and short texts cannot hold what is looked for inside text. */
  private static final int SHORTEST_INSIDE = 6;

  private final DuckDb db;

  PersonalData(DuckDb db) {
    this.db = db;
  }

  /**
   * @param whole all of the column's values count, not only those that match
   * @param matches values the recogniser knows; all that are there when the name gave it away
   */
  record Finding(RawColumn column, String recogniser, boolean whole, long matches) {}

  /** At most one finding of a whole column, else at most one of single values inside texts. */
  List<Finding> find(List<RawColumn> columns) throws SQLException {
    List<Finding> findings = new ArrayList<>();
    for (RawColumn column : columns) {
      find(column).ifPresent(findings::add);
    }
    return findings;
  }

  private Optional<Finding> find(RawColumn column) throws SQLException {
    Optional<String> byName = NameRecognisers.of(column.name());
    if (byName.isEmpty() && !worthReading(column)) {
      return Optional.empty();
    }
    String text = "CAST(" + column.sql() + " AS VARCHAR)";
    if (byName.isPresent()) {
      long values = db.number("SELECT count_if(trim(" + text + ") <> '') FROM raw");
      return values == 0
          ? Optional.empty()
          : Optional.of(new Finding(column, byName.get(), true, values));
    }
    List<Recogniser> recognisers = new ArrayList<>(ValueRecognisers.ALL);
    if (NameRecognisers.speaksOfPhones(column.name())) {
      recognisers.add(ValueRecognisers.NAMED_PHONE);
    }
    StringBuilder sql = new StringBuilder("SELECT sum(n)");
    for (Recogniser recogniser : recognisers) {
      sql.append(", sum(n) FILTER (").append(recogniser.candidates()).append(")");
    }
    sql.append(", sum(n) FILTER (").append(ValueRecognisers.INSIDE_CANDIDATES).append(")");
    // patterns cost more than counting: each different text is looked at once
    String texts =
        " FROM (SELECT trim(%1$s) AS x, count(*) AS n FROM raw WHERE trim(%1$s) <> '' GROUP BY 1)"
            .formatted(text);
    List<@Nullable Object> counts = db.row(sql + texts);
    long values = number(counts.getFirst());
    for (int i = 0; i < recognisers.size(); i++) {
      Recogniser recogniser = recognisers.get(i);
      long candidates = number(counts.get(i + 1));
      if (candidates > 0 && candidates >= values * recogniser.share()) {
        long matches = count(texts, recogniser.candidates(), recogniser::knows);
        if (matches > 0 && matches >= values * recogniser.share()) {
          return Optional.of(new Finding(column, recogniser.name(), true, matches));
        }
      }
    }
    if (column.family() == Family.TEXT && number(counts.getLast()) > 0) {
      long inside =
          count(
              texts,
              ValueRecognisers.INSIDE_CANDIDATES,
              value -> !ValueRecognisers.hide(value, found -> "").equals(value));
      if (inside > 0) {
        return Optional.of(new Finding(column, "inside-text", false, inside));
      }
    }
    return Optional.empty();
  }

  /** Numbers shorter than a card number and short words need no patterns run over them. */
  private boolean worthReading(RawColumn column) throws SQLException {
    if (column.family() == Family.BOOLEAN || column.family() == Family.TIME) {
      return false;
    }
    String c = column.sql();
    long longest = db.number("SELECT max(length(CAST(" + c + " AS VARCHAR))) FROM raw");
    if (longest < SHORTEST_INSIDE) {
      return false;
    }
    boolean numbers =
        column.family() == Family.NUMBER
            || db.number(
                    "SELECT count_if(trim(%1$s) <> '' AND try_cast(%1$s AS DOUBLE) IS NULL) FROM raw"
                        .formatted(c))
                == 0;
    return !numbers || longest >= 13 || NameRecognisers.speaksOfPhones(column.name());
  }

  private long count(String texts, String candidates, Predicate<String> known) throws SQLException {
    long[] matches = {0};
    db.blocks(
        "SELECT x, n" + texts + " WHERE " + candidates,
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            if (known.test(block.vector(0).getString(i))) {
              matches[0] += block.vector(1).getLong(i);
            }
          }
        });
    return matches[0];
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
