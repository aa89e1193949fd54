package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.Task;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of {@code clean}, as the table {@code sampled(y, c…)}: the target (binary: 1 for the
 * positive class) and the features. They are the first ones where every class is among those, else
 * every n-th. What it says of all rows is never a guess: it only tells what cannot be, so that all
 * rows need not be looked at to see that it is not.
 */
final class SampledRows {
  private static final int ROWS = 20_000;
  private static final int VALUES = 2_000_000;

  /** Columns of one statement. */
  private static final int BATCH = 100;

  private final DuckDb db;
  private final List<Column> features;
  private final String y;
  private final boolean binary;
  private final long rows;

  private SampledRows(DuckDb db, List<Column> features, String y, boolean binary, long rows) {
    this.db = db;
    this.rows = rows;
    this.binary = binary;
    this.features = features;
    this.y = y;
  }

  /**
   * Makes the table.
   *
   * @param task as it is scored
   * @param classes of the target; empty for regression
   * @param rows of {@code clean}
   */
  static SampledRows of(DuckDb db, Task task, List<Column> columns, List<String> classes, long rows)
      throws SQLException {
    List<Column> features = columns.stream().filter(Column::feature).toList();
    Column target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    long wanted = Math.max(1, Math.min(ROWS, VALUES / features.size()));
    String y =
        task == Task.BINARY
            ? "CAST(%s = %s AS INTEGER)".formatted(target.sql(), DuckDb.text(classes.getLast()))
            : target.sql();
    String make =
        "CREATE OR REPLACE TABLE sampled AS SELECT %s AS y, %s FROM clean "
            .formatted(y, String.join(", ", features.stream().map(Column::sql).toList()));
    boolean all = false;
    if (!classes.isEmpty()) {
      db.run(make + "WHERE rn < " + wanted);
      all = db.number("SELECT count(DISTINCT y) FROM sampled") == classes.size();
    }
    if (!all) {
      db.run(make + "WHERE rn %% %d = 0".formatted(Math.max(1, rows / wanted)));
    }
    return new SampledRows(db, features, y, task == Task.BINARY, rows);
  }

  /** Columns whose values, with those of the target, may be as many as the target's alone. */
  List<Column> asManyAs(long targets) throws SQLException {
    List<Column> found = new ArrayList<>();
    for (List<Column> batch : batches(features)) {
      List<@Nullable Object> row =
          one(
              batch,
              "count(DISTINCT %1$s) + max(CAST(%1$s IS NULL AS INTEGER)), count(DISTINCT (%1$s,"
                  + " y))");
      for (int i = 0; i < batch.size(); i++) {
        // all rows have no fewer
        if (number(row.get(2 * i)) <= targets && number(row.get(2 * i + 1)) <= targets) {
          found.add(batch.get(i));
        }
      }
    }
    return found;
  }

  /**
   * Number columns whose correlation with the target may be so great over all rows. The residuals
   * of the line through all rows, on the sample, are no more than on all rows, and those of the
   * sample's own line are fewer: with S the sum of squares of y about its mean, r² of the sample is
   * at least 1 - (1 - bound²) S(all) / S(sample).
   *
   * @param bound 0..1, absolute
   */
  List<Column> correlated(double bound) throws SQLException {
    List<Column> numbers = features.stream().filter(Column::number).toList();
    List<Column> found = new ArrayList<>();
    if (numbers.isEmpty()) {
      return found;
    }
    double all = spread();
    for (List<Column> batch : batches(numbers)) {
      List<@Nullable Object> row = one(batch, "regr_syy(y, %1$s), corr(%1$s, y)");
      for (int i = 0; i < batch.size(); i++) {
        double own = number(row.get(2 * i));
        double r = number(row.get(2 * i + 1));
        // a little more, as sums are rounded
        if (own <= 0 || 1 - r * r <= 1.01 * (1 - bound * bound) * all / own + 1e-9) {
          found.add(batch.get(i));
        }
      }
    }
    return found;
  }

  /** The sum of squares of y about its mean, over all rows, or more. */
  private double spread() throws SQLException {
    if (binary) {
      // of zeros and ones it is greatest where there are as many of both
      return rows / 4.0;
    }
    return number(
        db.row("SELECT var_pop(y) * count(y) FROM (SELECT %s AS y FROM clean)".formatted(y))
            .getFirst());
  }

  private static List<List<Column>> batches(List<Column> columns) {
    List<List<Column>> batches = new ArrayList<>();
    for (int at = 0; at < columns.size(); at += BATCH) {
      batches.add(columns.subList(at, Math.min(columns.size(), at + BATCH)));
    }
    return batches;
  }

  private List<@Nullable Object> one(List<Column> columns, String values) throws SQLException {
    return db.row(
        "SELECT "
            + String.join(", ", columns.stream().map(c -> values.formatted(c.sql())).toList())
            + " FROM sampled");
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number && Double.isFinite(number.doubleValue())
        ? number.doubleValue()
        : 0;
  }
}
