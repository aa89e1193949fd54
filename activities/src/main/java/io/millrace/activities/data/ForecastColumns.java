package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ForecastSpec;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Adds what a forecast reads to {@code clean}: values of the target some steps before, found by
 * their time and series, never by the position of a row, and the calendar. A value whose row is not
 * there (a gap, the beginning, a row in quarantine) is missing.
 *
 * <p>Columns are called {@code <target>_lag_<steps>} and {@code <time>_hour}, {@code _weekday} (1
 * is Monday), {@code _month}; the calendar is UTC's.
 */
final class ForecastColumns {
  private static final long DAY = Duration.ofDays(1).toMillis() * 1000;

  private final DuckDb db;
  private final ForecastSpec spec;
  private final Column time;
  private final Column target;
  private final String series;
  private final List<Column> columns;
  private final List<ExpectationOutcome> outcomes = new ArrayList<>();

  /**
   * @param columns what {@code clean} has
   */
  ForecastColumns(DuckDb db, DataSpec data, ForecastSpec spec, List<Column> columns) {
    this.db = db;
    this.spec = spec;
    this.columns = columns;
    this.time = named("data.time", String.valueOf(data.time()));
    this.target = named("data.target", data.target());
    this.series =
        spec.series() == null
            ? "''"
            : "coalesce(CAST("
                + named("data.forecast.series", spec.series()).sql()
                + " AS VARCHAR), '')";
  }

  /** Name of the column that holds the seasonal-naive forecast. */
  String naive() {
    return lagName(spec.naive());
  }

  List<ExpectationOutcome> outcomes() {
    return outcomes;
  }

  /**
   * @return the columns with the new ones last: features, and the seasonal-naive forecast, which is
   *     none unless its lag was asked for
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} for rows without a time,
   *     two rows of one series and time, no regular step, a name that is taken
   */
  List<Column> derive() throws SQLException {
    long step = step();
    List<Column> all = new ArrayList<>(columns);
    List<String> selected = new ArrayList<>();
    StringBuilder joins = new StringBuilder();
    TreeSet<Integer> lags = new TreeSet<>(spec.lags());
    lags.add(spec.naive());
    for (int lag : lags) {
      Role role = spec.lags().contains(lag) ? Role.FEATURE : Role.EXCLUDED;
      Column column = next(all, lagName(lag), ColumnType.NUMBER, role);
      String history = "h" + lag;
      selected.add(history + ".y AS " + column.sql());
      joins.append(
          " LEFT JOIN history AS %1$s ON %1$s.s = now.s AND %1$s.t = now.t - %2$d"
              .formatted(history, Math.multiplyExact(step, (long) lag)));
    }
    for (Calendar part : calendar(step)) {
      Column column = next(all, time.name() + "_" + part.name(), ColumnType.CATEGORY, Role.FEATURE);
      selected.add(
          "CAST(%s(%s) AS VARCHAR) AS %s".formatted(part.function(), time.sql(), column.sql()));
    }
    db.run(
        "CREATE TABLE wider AS SELECT clean.*, %s FROM clean JOIN history AS now USING (rn)%s"
                .formatted(String.join(", ", selected), joins)
            + " ORDER BY rn");
    db.run("DROP TABLE clean");
    db.run("DROP TABLE history");
    db.run("ALTER TABLE wider RENAME TO clean");
    return all;
  }

  private record Calendar(String name, String function) {}

  private List<Calendar> calendar(long step) {
    if (!spec.calendar()) {
      return List.of();
    }
    if (!time.time()) {
      outcomes.add(
          new ExpectationOutcome(
              time.name() + ": has a calendar",
              "warn",
              0,
              time.name() + " holds numbers, so there are no calendar columns"));
      return List.of();
    }
    List<Calendar> parts = new ArrayList<>();
    if (step < DAY) {
      parts.add(new Calendar("hour", "hour"));
    }
    if (step < 7 * DAY) {
      parts.add(new Calendar("weekday", "isodow"));
    }
    if (step < 365 * DAY) {
      parts.add(new Calendar("month", "month"));
    }
    return parts;
  }

  /** Makes {@code history(rn, s, t, y)}, times as whole numbers, and gives their distance. */
  private long step() throws SQLException {
    long without = db.number("SELECT count(*) FROM clean WHERE " + time.sql() + " IS NULL");
    if (without > 0) {
      throw DataChecks.invalid(
          time.name() + ": no time in " + without + " rows", "a time in each row of a forecast");
    }
    if (!time.time()
        && db.number(
                "SELECT count(*) FROM clean WHERE %1$s <> trunc(%1$s) OR abs(%1$s) > 9e15"
                    .formatted(time.sql()))
            > 0) {
      throw DataChecks.invalid(
          time.name() + ": numbers with fractions", "times, or whole numbers that count steps");
    }
    String tick =
        time.time() ? "epoch_us(" + time.sql() + ")" : "CAST(" + time.sql() + " AS BIGINT)";
    db.run(
        "CREATE TABLE history AS SELECT rn, %s AS s, %s AS t, %s AS y FROM clean"
            .formatted(series, tick, target.sql()));
    long doubled =
        db.number(
            "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM history GROUP BY s, t"
                + " HAVING count(*) > 1)");
    if (doubled > 0) {
      throw DataChecks.invalid(
          "%s: %d rows share their time%s"
              .formatted(
                  time.name(), doubled, spec.series() == null ? "" : " within " + spec.series()),
          "one row for each time; name the column that tells series apart as data.forecast.series");
    }
    Duration declared = spec.step();
    if (declared != null) {
      if (!time.time()) {
        throw DataChecks.invalid(
            "data.forecast.step: " + declared + " where " + time.name() + " holds numbers",
            "nothing: steps of numbers are counted");
      }
      return Math.multiplyExact(declared.toMillis(), 1000L);
    }
    return commonest();
  }

  private long commonest() throws SQLException {
    List<List<@Nullable Object>> gaps =
        db.rows(
            "SELECT gap, count(*) AS n, sum(count(*)) OVER () FROM (SELECT t - lag(t) OVER"
                + " (PARTITION BY s ORDER BY t) AS gap FROM history) WHERE gap IS NOT NULL"
                + " GROUP BY gap ORDER BY n DESC, gap LIMIT 1");
    if (gaps.isEmpty()
        || !(gaps.getFirst().get(0) instanceof Number gap)
        || !(gaps.getFirst().get(1) instanceof Number most)
        || !(gaps.getFirst().get(2) instanceof Number all)) {
      throw DataChecks.invalid(
          time.name() + ": no two rows of one series", "a history to forecast from");
    }
    if (most.longValue() * 2 < all.longValue()) {
      throw DataChecks.invalid(
          "%s: the commonest distance of two rows is that of %d of %d"
              .formatted(time.name(), most.longValue(), all.longValue()),
          "rows at a regular distance, or data.forecast.step");
    }
    return gap.longValue();
  }

  private Column next(List<Column> all, String name, ColumnType type, Role role) {
    DerivedColumns.free(name, name, all.stream().map(Column::raw).toList());
    int index = all.stream().mapToInt(c -> c.raw().index()).max().orElse(-1) + 1;
    RawColumn raw =
        new RawColumn(index, name, type == ColumnType.NUMBER ? Family.NUMBER : Family.TEXT);
    Column column = new Column(raw, type, role, false, raw.sql());
    all.add(column);
    return column;
  }

  private String lagName(int lag) {
    return target.name() + "_lag_" + lag;
  }

  private Column named(String what, String name) {
    return columns.stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow(() -> DataChecks.invalid(what + ": " + name, "a kept column"));
  }
}
