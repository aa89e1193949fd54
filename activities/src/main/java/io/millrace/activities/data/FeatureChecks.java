package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rules of features that no training survives, on the table {@code clean}: each is {@code
 * DATA_INVALID}.
 */
final class FeatureChecks {
  /** A feature of as many categories is a name, not a kind. */
  static final int CATEGORIES = 10_000;

  /** A feature that correlates like this is the target. */
  private static final double LEAK = 0.999999;

  /** Columns of one statement. */
  private static final int BATCH = 100;

  private final DuckDb db;
  private final DataSpec data;
  private final Task task;
  private final List<Column> columns;
  private final Column target;
  private final List<String> classes;
  private final long rows;
  private final long targets;
  private final String everything;

  private FeatureChecks(
      DuckDb db,
      DataSpec data,
      Task task,
      List<Column> columns,
      List<String> classes,
      DataChecks checks,
      String everything) {
    this.db = db;
    this.data = data;
    this.task = task.scored();
    this.columns = columns;
    this.target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    this.classes = classes;
    this.rows = checks.rows();
    this.targets = checks.targets();
    this.everything = everything;
  }

  /**
   * Begins to look, beside the caller.
   *
   * @param classes of the target; empty for regression
   * @param checks that have looked at the target
   * @param everything where the rows of {@code clean} are, and perhaps others
   * @return features that nearly are the target
   */
  static Aside<List<ExpectationOutcome>> begin(
      DuckDb db,
      DataSpec data,
      Task task,
      List<Column> columns,
      List<String> classes,
      DataChecks checks,
      String everything)
      throws SQLException {
    return Aside.begin(
        db,
        "ingest-features",
        own -> {
          SampledRows sample = SampledRows.of(own, task.scored(), columns, classes, checks.rows());
          new FeatureChecks(own, data, task, columns, classes, checks, everything).check(sample);
          return new TargetProxies(own, task, columns).find();
        });
  }

  /**
   * Categories, leaks and features from the future.
   *
   * @param sample tells of most features that they are none
   */
  private void check(SampledRows sample) throws SQLException {
    List<Column> features = columns.stream().filter(Column::feature).toList();
    List<Column> named =
        features.stream().filter(c -> !c.number() && !Recommended.names(data, c.name())).toList();
    // other rows beside them only add to it
    List<@Nullable Object> about =
        each(named, everything, column -> "approx_count_distinct(" + column.sql() + ")");
    List<Column> correlated = task == Task.MULTICLASS ? List.of() : sample.correlated(LEAK);
    List<@Nullable Object> correlations = each(correlated, "clean", column -> correlation(column));
    List<Column> mapped =
        task != Task.REGRESSION || targets * 10 <= rows ? sample.asManyAs(targets) : List.of();
    for (Column column : features) {
      if (named.contains(column) && number(about.get(named.indexOf(column))) > CATEGORIES / 2.0) {
        categories(column);
      }
      double r =
          correlated.contains(column) ? number(correlations.get(correlated.indexOf(column))) : 0;
      if (Math.abs(r) >= LEAK) {
        throw DataChecks.invalid(
            "%s: correlation %.6f with the target %s".formatted(column.name(), r, target.name()),
            "a feature known before the target; exclude a leaked one");
      }
      if (mapped.contains(column)) {
        mapping(column);
      }
      future(column);
    }
  }

  /** One value a column, over all rows, in as few passes as a statement may be long. */
  private List<@Nullable Object> each(
      List<Column> features, String from, Function<Column, String> value) throws SQLException {
    List<@Nullable Object> all = new ArrayList<>();
    for (int at = 0; at < features.size(); at += BATCH) {
      List<Column> batch = features.subList(at, Math.min(features.size(), at + BATCH));
      all.addAll(
          db.row(
              "SELECT " + String.join(", ", batch.stream().map(value).toList()) + " FROM " + from));
    }
    return all;
  }

  private void categories(Column column) throws SQLException {
    long distinct = db.number("SELECT count(DISTINCT " + column.sql() + ") FROM clean");
    if (distinct >= CATEGORIES) {
      throw DataChecks.invalid(
          column.name() + ": " + distinct + " distinct categories",
          "fewer than " + CATEGORIES + "; put it under data.exclude if it names the row");
    }
  }

  private String correlation(Column column) {
    String y =
        task == Task.REGRESSION
            ? target.sql()
            : "CAST(%s = %s AS INTEGER)".formatted(target.sql(), DuckDb.text(classes.getLast()));
    return "corr(" + column.sql() + ", " + y + ")";
  }

  private void mapping(Column column) throws SQLException {
    String value = "coalesce(CAST(" + column.sql() + " AS VARCHAR), chr(1))";
    List<@Nullable Object> counts =
        db.row(
            "SELECT count(DISTINCT %1$s), count(DISTINCT (%1$s, %2$s)) FROM clean"
                .formatted(value, target.sql()));
    if (counts.get(0) instanceof Number values
        && counts.get(1) instanceof Number pairs
        && values.longValue() == targets
        && pairs.longValue() == targets) {
      throw DataChecks.invalid(
          "%s: its %d values stand one to one for those of the target %s"
              .formatted(column.name(), targets, target.name()),
          "a feature known before the target; exclude a leaked one");
    }
  }

  /** A category of times later than the row's own time was not known then. */
  private void future(Column column) throws SQLException {
    Column time = columns.stream().filter(c -> c.role() == Role.TIME).findFirst().orElse(null);
    if (time == null || !time.time() || column.number()) {
      return;
    }
    String parsed =
        "CAST(CASE WHEN length(%1$s) >= 8 THEN try_cast(%1$s AS TIMESTAMPTZ) END AS TIMESTAMP)"
            .formatted(column.sql());
    List<@Nullable Object> counts =
        db.row(
            "SELECT count(%1$s), count(%2$s), count_if(%2$s > %3$s) FROM clean"
                .formatted(column.sql(), parsed, time.sql()));
    if (counts.get(0) instanceof Number values
        && counts.get(1) instanceof Number times
        && counts.get(2) instanceof Number later
        && values.longValue() == times.longValue()
        && later.longValue() > 0) {
      throw DataChecks.invalid(
          "%s: later than %s in %d rows".formatted(column.name(), time.name(), later.longValue()),
          "a feature known at the row's time; exclude one from its future");
    }
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }
}
