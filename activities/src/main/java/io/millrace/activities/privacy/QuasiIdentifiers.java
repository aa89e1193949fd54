package io.millrace.activities.privacy;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How well a table hides its people behind columns that others may know too. Rows that are equal in
 * those columns are one class; a missing value is a value.
 *
 * <ul>
 *   <li>k-anonymity (Sweeney 2002): the rows of the smallest class. 1: somebody is alone
 *   <li>distinct l-diversity (Machanavajjhala and others 2007): the fewest different values of a
 *       sensitive column within a class. 1: who is known to be in that class is known to have it
 *   <li>entropy l-diversity (the same): {@code exp} of the smallest entropy of those values
 * </ul>
 */
public final class QuasiIdentifiers {
  private QuasiIdentifiers() {}

  /**
   * @param rows of the table @param classes different combinations of the columns
   * @param k rows of the smallest class; 0 for no rows
   * @param alone rows that are the only one of their class
   * @param below rows in classes smaller than wanted
   * @param without k without each of the columns: what coarsening that column could gain
   */
  public record Anonymity(
      List<String> columns,
      long rows,
      long classes,
      long k,
      long wanted,
      long alone,
      long below,
      Map<String, Long> without,
      List<Diversity> diversity) {}

  /**
   * @param distinct fewest different values in a class @param entropy of that measure, at least 1
   * @param known rows of classes in which every row has the same value
   */
  public record Diversity(String column, long distinct, double entropy, long known) {}

  /**
   * @param from of SQL, such as a table's name
   * @param columns at least one
   * @param sensitive may be empty
   * @param wanted smallest class that is wanted
   */
  public static Anonymity measure(
      DuckDb db, String from, List<String> columns, List<String> sensitive, long wanted)
      throws SQLException {
    String classes = "(SELECT count(*) AS n FROM %s GROUP BY %s)".formatted(from, names(columns));
    List<@Nullable Object> row =
        db.row(
            "SELECT sum(n), count(*), min(n), sum(n) FILTER (n = 1), sum(n) FILTER (n < %d) FROM %s"
                .formatted(wanted, classes));
    Map<String, Long> without = new LinkedHashMap<>();
    if (columns.size() > 1) {
      for (int i = 0; i < columns.size(); i++) {
        int left = i;
        List<String> others =
            IntStream.range(0, columns.size())
                .filter(c -> c != left)
                .mapToObj(columns::get)
                .toList();
        without.put(
            columns.get(i),
            db.number(
                "SELECT min(n) FROM (SELECT count(*) AS n FROM %s GROUP BY %s)"
                    .formatted(from, names(others))));
      }
    }
    List<Diversity> diversity = new ArrayList<>();
    for (String column : sensitive) {
      diversity.add(diversity(db, from, columns, column));
    }
    return new Anonymity(
        List.copyOf(columns),
        number(row.get(0)),
        number(row.get(1)),
        number(row.get(2)),
        wanted,
        number(row.get(3)),
        number(row.get(4)),
        without,
        diversity);
  }

  private static Diversity diversity(DuckDb db, String from, List<String> columns, String column)
      throws SQLException {
    String names = names(columns);
    List<@Nullable Object> row =
        db.row(
            ("SELECT min(values), min(h), sum(n) FILTER (values = 1) FROM (SELECT count(*) AS"
                    + " values, sum(n) AS n, -sum(n / total * ln(n / total)) AS h FROM (SELECT *,"
                    + " sum(n) OVER (PARTITION BY %1$s) AS total FROM (SELECT %1$s, %2$s AS"
                    + " millrace_sensitive, count(*) AS n FROM %3$s GROUP BY ALL)) GROUP BY %1$s)")
                .formatted(names, DuckDb.name(column), from));
    double entropy = row.get(1) instanceof Number h ? Math.exp(Math.max(0, h.doubleValue())) : 0;
    return new Diversity(column, number(row.get(0)), entropy, number(row.get(2)));
  }

  private static String names(List<String> columns) {
    return String.join(", ", columns.stream().map(DuckDb::name).toList());
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
