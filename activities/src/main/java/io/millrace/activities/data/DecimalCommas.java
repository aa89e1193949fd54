package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers with a comma before their decimals, {@code 1.234,56}, as spreadsheets of many countries
 * write them.
 */
final class DecimalCommas {
  private static final String NUMBER =
      "[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?([eE][+-]?[0-9]+)?";

  private DecimalCommas() {}

  /**
   * Whether there may be any.
   *
   * @param decimal {@code ,} or {@code .}; null: only where semicolons part the columns
   */
  static boolean looked(@Nullable String decimal, char delimiter) {
    return ",".equals(decimal) || (decimal == null && delimiter == ';');
  }

  /**
   * Rewrites columns of {@code raw} whose values are all such numbers, at least one with a comma.
   */
  static void replace(DuckDb db, Relation raw, List<RawColumn> columns) throws SQLException {
    List<String> changed = new ArrayList<>();
    for (RawColumn column : columns) {
      // one by one: a column of texts is told by its first values
      List<@Nullable Object> row =
          db.row(
              ("SELECT count_if(trim(%1$s) <> '' AND trim(%1$s) NOT IN %2$s AND NOT"
                      + " regexp_full_match(trim(%1$s), '%3$s')), count_if(strpos(%1$s, ',') > 0)"
                      + " FROM raw")
                  .formatted(column.sql(), Column.MISSING, NUMBER));
      if (row.get(0) instanceof Number others
          && row.get(1) instanceof Number commas
          && others.longValue() == 0
          && commas.longValue() > 0) {
        changed.add(
            "CASE WHEN trim(%1$s) IN %2$s THEN %1$s ELSE replace(replace(%1$s, '.', ''), ',', '.') END AS %1$s"
                .formatted(column.sql(), Column.MISSING));
      }
    }
    if (!changed.isEmpty()) {
      raw.rewrite("* REPLACE (" + String.join(", ", changed) + ")");
    }
  }
}
