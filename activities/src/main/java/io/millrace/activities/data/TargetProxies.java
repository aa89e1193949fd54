package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.Task;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Features that nearly are the target: one alone tells it better than the world usually allows.
 * They are told of, not refused, as some truly do. Looked at on a sample of the rows:
 *
 * <ul>
 *   <li>binary: the area under the ROC curve (Mann and Whitney 1947; 0.5 is chance), or one minus
 *       it
 *   <li>regression: the share of the variance, squared correlation of a number and the correlation
 *       ratio of a category
 *   <li>multiclass: the share of rows that have the commonest class of their category
 * </ul>
 *
 * Categories count where they have twenty rows each, on average, so that they cannot tell by
 * knowing each row.
 */
final class TargetProxies {
  /** From here on a feature is told of. */
  static final double BOUND = 0.99;

  private static final int ROWS_A_CATEGORY = 20;

  private final DuckDb db;
  private final Task task;
  private final List<Column> features;
  private final Column target;

  TargetProxies(DuckDb db, Task task, List<Column> columns) {
    this.db = db;
    this.task = task.scored();
    this.features = columns.stream().filter(Column::feature).toList();
    this.target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
  }

  /** After the rows were {@link SampledRows sampled}. */
  List<ExpectationOutcome> find() throws SQLException {
    List<ExpectationOutcome> found = new ArrayList<>();
    for (Column feature : features) {
      double value = measure(feature.sql(), feature.number());
      if (value >= BOUND) {
        String sentence =
            String.format(
                Locale.ROOT,
                "%s: tells %s by itself (%s %.4f); is it known before the target?",
                feature.name(),
                target.name(),
                word(),
                value);
        found.add(
            new ExpectationOutcome(
                feature.name() + " is no proxy of the target", "warn", 1, sentence));
      }
    }
    return found;
  }

  private String word() {
    return task == Task.BINARY ? "ROC AUC" : task == Task.REGRESSION ? "R2" : "accuracy";
  }

  private double measure(String c, boolean number) throws SQLException {
    if (number && task == Task.MULTICLASS) {
      return 0;
    }
    String from = "(SELECT y, %s AS x FROM sampled)".formatted(c);
    if (!number) {
      long levels = db.number("SELECT count(DISTINCT x) FROM " + from);
      if (levels * ROWS_A_CATEGORY > db.number("SELECT count(*) FROM " + from)) {
        return 0;
      }
      if (task == Task.MULTICLASS) {
        return value(
            "SELECT sum(n) / (SELECT count(*) FROM sampled) FROM (SELECT max(n) AS n FROM"
                + " (SELECT x, y, count(*) AS n FROM %s GROUP BY x, y) GROUP BY x)"
                    .formatted(from));
      }
      // a category stands for the mean of its rows
      from =
          "(SELECT y, avg(y) OVER (PARTITION BY coalesce(x, chr(1))) AS x FROM %s)".formatted(from);
    }
    if (task == Task.REGRESSION) {
      double r = value("SELECT corr(x, y) FROM " + from);
      return r * r;
    }
    double auc =
        value(
            ("SELECT (sum(r) FILTER (y = 1) - p * (p + 1) / 2) / (p * (count(*) - p)) FROM (SELECT"
                 + " y, rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2.0 AS r,"
                 + " sum(y) OVER () AS p FROM %s WHERE x IS NOT NULL) GROUP BY p HAVING p > 0 AND"
                 + " count(*) > p AND count(*) * 2 > (SELECT count(*) FROM sampled)")
                .formatted(from));
    return Math.max(auc, 1 - auc);
  }

  private double value(String sql) throws SQLException {
    List<List<@Nullable Object>> rows = db.rows(sql);
    return !rows.isEmpty()
            && rows.getFirst().getFirst() instanceof Number number
            && Double.isFinite(number.doubleValue())
        ? number.doubleValue()
        : task == Task.BINARY ? 0.5 : 0;
  }
}
