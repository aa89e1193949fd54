package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.spec.IncrementalSpec.Beyond;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leaves only rows in {@code raw} that were not read before. Rows above the mark are new. Those
 * below it, within what is allowed, are new unless their digest is among those remembered. Those
 * further below are told from what was read before only where files grew at their end or are new;
 * elsewhere they count as read.
 *
 * <p>A digest is 64 bits over all of a row's texts: it cannot be turned back into them.
 */
final class NewRows {
  /** Of rows that came too late, in the quarantine. */
  static final int LATE = -1;

  private final DuckDb db;
  private final IncrementalSpec spec;
  private final Path folder;
  private final List<ExpectationOutcome> outcomes = new ArrayList<>();
  private boolean number;
  private double mark;
  private @Nullable Path seen;

  NewRows(DuckDb db, IncrementalSpec spec, Path folder) {
    this.db = db;
    this.spec = spec;
    this.folder = folder;
  }

  boolean number() {
    return number;
  }

  double mark() {
    return mark;
  }

  /** Digests to be remembered; null for none. */
  @Nullable Path seen() {
    return seen;
  }

  List<ExpectationOutcome> outcomes() {
    return outcomes;
  }

  String lateSentence() {
    return spec.watermark() + " is not later than allowed";
  }

  /**
   * @param head null for the first ingest
   * @param before digests that were remembered; null for none
   * @param told whether every row is of a file's new part
   * @return rows that are left
   */
  long only(
      List<RawColumn> raw, Increments.@Nullable State head, @Nullable Path before, boolean told)
      throws SQLException {
    RawColumn column =
        raw.stream()
            .filter(c -> c.name().equals(spec.watermark()))
            .findFirst()
            .orElseThrow(
                () ->
                    DataChecks.invalid(
                        "data.source.incremental.watermark: " + spec.watermark(),
                        "a column of the data: " + raw.stream().map(RawColumn::name).toList()));
    number = head == null ? numbers(column) : head.number();
    String m =
        number
            ? Column.number(column)
            : "CAST(epoch_us(" + Column.timestamp(column) + ") AS DOUBLE)";
    String texts =
        String.join(", ", raw.stream().map(c -> "CAST(" + c.sql() + " AS VARCHAR)").toList());
    db.run(
        "CREATE TABLE marks AS SELECT rowid AS rn, %s AS m, hash(%s) AS h FROM raw"
            .formatted(m, texts));
    long without = db.number("SELECT count(*) FROM marks WHERE m IS NULL");
    if (without > 0) {
      throw DataChecks.invalid(
          "%s: no %s in %d rows".formatted(column.name(), number ? "number" : "time", without),
          "one in each row, as it is the watermark");
    }
    db.run("CREATE TABLE late (rn BIGINT)");
    if (head != null) {
      db.run(
          "CREATE TABLE seen AS "
              + (before == null
                  ? "SELECT 0::DOUBLE AS m, 0::UBIGINT AS h LIMIT 0"
                  : "SELECT m, h FROM read_parquet(" + DuckDb.text(before.toString()) + ")"));
      below(head.mark(), told);
    }
    Object greatest = db.row("SELECT max(m) FROM marks").getFirst();
    double own = greatest instanceof Number found ? found.doubleValue() : Double.NEGATIVE_INFINITY;
    mark = head == null ? own : Math.max(head.mark(), own);
    remember(head != null);
    return db.number("SELECT count(*) FROM raw");
  }

  private boolean numbers(RawColumn column) throws SQLException {
    return column.family() == Family.NUMBER
        || (column.family() == Family.TEXT
            && db.number(
                    "SELECT count(*) FROM raw WHERE %s AND (%s) IS NULL"
                        .formatted(column.present(), Column.parsed(column)))
                == 0);
  }

  private double allowed() {
    return allowed(spec, number);
  }

  /** How far below the mark rows may be, in its unit. */
  static double allowed(IncrementalSpec spec, boolean number) {
    return spec.allowed().toMillis() * (number ? 1e-3 : 1e3);
  }

  private void below(double before, boolean told) throws SQLException {
    String least = literal(before - allowed());
    String within = "m <= %s AND m > %s".formatted(literal(before), least);
    if (!told) {
      leave(within + " AND h IN (SELECT h FROM seen)");
      leave("m <= " + least);
    }
    String beyond = "m <= " + least;
    long late = db.number("SELECT count(*) FROM marks WHERE " + beyond);
    if (late == 0) {
      return;
    }
    Beyond what = spec.tooLate();
    if (what == Beyond.DROP) {
      leave(beyond);
    } else if (what == Beyond.QUARANTINE) {
      db.run("INSERT INTO late SELECT rn FROM marks WHERE " + beyond);
    }
    outcomes.add(
        new ExpectationOutcome(
            lateSentence(),
            what == Beyond.ACCEPT ? "warn" : "drop",
            late,
            "%s: %d rows are older than %s; %s"
                .formatted(
                    spec.watermark(),
                    late,
                    shown(before - allowed()),
                    what == Beyond.ACCEPT
                        ? "taken in all the same"
                        : what == Beyond.DROP ? "left out" : "in quarantine")));
  }

  private void leave(String where) throws SQLException {
    db.run("DELETE FROM raw WHERE rowid IN (SELECT rn FROM marks WHERE " + where + ")");
    db.run("DELETE FROM marks WHERE " + where);
  }

  private void remember(boolean before) throws SQLException {
    if (spec.allowed().isZero()) {
      return;
    }
    seen = folder.resolve("seen.parquet");
    db.run(
        "COPY (SELECT DISTINCT m, h FROM (SELECT m, h FROM marks%s) WHERE m > %s ORDER BY m, h) TO"
                .formatted(
                    before ? " UNION ALL SELECT m, h FROM seen" : "", literal(mark - allowed()))
            + " %s (FORMAT parquet, COMPRESSION zstd)".formatted(DuckDb.text(seen.toString())));
  }

  private static String literal(double value) {
    return "CAST('" + value + "' AS DOUBLE)";
  }

  private String shown(double value) {
    return number
        ? Double.toString(value)
        : Instant.EPOCH.plus((long) value, ChronoUnit.MICROS).toString();
  }
}
