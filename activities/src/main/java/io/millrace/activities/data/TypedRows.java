package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** From {@code raw} to {@code typed}, as rules see it, to {@code clean}, as it may be stored. */
final class TypedRows {
  private final DuckDb db;
  private final Relation rows;
  private final String number;
  private final String values;
  private String everything = "clean";

  /**
   * @param rows where they lie
   * @param number the column of their numbers there
   * @param values SQL of what is selected from there
   */
  private TypedRows(DuckDb db, Relation rows, String number, String values) {
    this.db = db;
    this.rows = rows;
    this.number = number;
    this.values = values;
  }

  /**
   * Where the rows of {@code clean} are in the order of their numbers, and perhaps others that are
   * in no split; after {@link #clean}.
   */
  String everything() {
    return everything;
  }

  /** Deletes the rows, which nobody asks for any more; on any thread. */
  void abandon() {
    rows.abandon();
  }

  /** Every column as it is typed: those that are kept as they are kept, the others as they were. */
  static List<Column> typed(List<Column> columns, List<Column> kept) {
    List<Column> typed = new ArrayList<>();
    for (Column column : columns) {
      typed.add(kept.stream().filter(k -> k.raw().equals(column.raw())).findFirst().orElse(column));
    }
    return typed;
  }

  /**
   * Makes {@code typed}: a view where the values lie there as they are needed, rows of their own
   * where texts are parsed.
   */
  static TypedRows type(DuckDb db, Relation raw, List<Column> columns, List<Column> kept)
      throws SQLException {
    List<Column> typed = typed(columns, kept);
    boolean parsed =
        typed.stream()
            .anyMatch(
                c ->
                    c.raw().family() == RawColumn.Family.TEXT
                        && c.role() != Role.ID
                        && !c.typed().equals(Column.text(c.raw())));
    String values =
        "rowid AS rn, "
            + String.join(", ", typed.stream().map(c -> c.typed() + " AS " + c.sql()).toList());
    if (!parsed) {
      db.run("CREATE VIEW typed AS SELECT " + values + " FROM raw");
      return new TypedRows(db, raw, "rowid", values);
    }
    Relation own = raw.beside("typed");
    own.create("SELECT " + values + " FROM raw ORDER BY rowid", true);
    raw.drop();
    return new TypedRows(db, own, "rn", "*");
  }

  /**
   * Makes {@code clean} and {@code quarantined}: hidden, without rows that have no target. What
   * stays out is left out where it lies and {@code clean} is a view, unless values are looked up.
   *
   * @param whole {@code clean} must be a table
   */
  void clean(
      List<Column> kept, PrivacyActions privacy, boolean whole, List<ExpectationOutcome> outcomes)
      throws SQLException {
    Column target = kept.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    if (kept.stream().noneMatch(Column::feature)) {
      throw DataChecks.invalid("features: none after hiding personal data", "at least one");
    }
    long missing = db.number("SELECT count(*) FROM typed WHERE " + target.sql() + " IS NULL");
    if (missing > 0 && missing == db.number("SELECT count(*) FROM typed")) {
      throw DataChecks.invalid(
          target.name() + ": no value in all " + missing + " rows", "a target in each row");
    }
    if (missing > 0) {
      outcomes.add(
          new ExpectationOutcome(
              target.name() + " is not null",
              "warn",
              missing,
              "%s: %d rows have no target and are left out".formatted(target.name(), missing)));
    }
    List<String> replaced = new ArrayList<>();
    for (Column column : kept) {
      replaced.add(privacy.replace(db, column) + " AS " + column.sql());
    }
    String selected = " AS SELECT rn, " + String.join(", ", replaced) + " FROM ";
    String select = selected + "typed";
    String broken = "rn IN (SELECT rn FROM broken)";
    db.run("CREATE TABLE quarantined" + select + " WHERE " + broken + " ORDER BY rn");
    if (whole || privacy.looksUp()) {
      db.run(
          "CREATE TABLE clean%s WHERE NOT %s AND %s IS NOT NULL ORDER BY rn"
              .formatted(select, broken, target.sql()));
      if (number.equals("rowid")) {
        db.run("DROP VIEW typed");
      }
      rows.drop();
      return;
    }
    String without =
        missing == 0 ? "" : " UNION ALL SELECT rn FROM typed WHERE " + target.sql() + " IS NULL";
    rows.leaveOut(number, "SELECT rn FROM broken" + without);
    db.run("CREATE VIEW clean" + select);
    everything = "everything";
    db.run(
        "CREATE VIEW everything%s (SELECT %s FROM %s)"
            .formatted(selected, values, rows.everything()));
  }
}
