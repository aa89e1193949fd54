package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows under a name, each with a number that it keeps: a table, to which other rows and columns may
 * be added, or a Parquet file, which is written and looked through at half of a table's cost, and a
 * view of it.
 */
final class Relation {
  /** For files that are read a few times and deleted: to pack them would cost more. */
  private static final String PLAIN =
      " (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE"
          + " 40960)";

  private final DuckDb db;
  private final String name;
  private final @Nullable Path file;
  private @Nullable Path lies;
  private int written;

  private Relation(DuckDb db, String name, @Nullable Path file) {
    this.db = db;
    this.name = name;
    this.file = file;
  }

  /** One that can be changed. */
  static Relation table(DuckDb db, String name) {
    return new Relation(db, name, null);
  }

  /**
   * One that only loses rows.
   *
   * @param folder an own folder
   */
  static Relation file(DuckDb db, String name, Path folder) {
    return new Relation(db, name, folder.resolve(name + ".parquet"));
  }

  /** Another one that lies as this one does. */
  Relation beside(String other) {
    return new Relation(db, other, file == null ? null : file.resolveSibling(other + ".parquet"));
  }

  /**
   * Takes rows in their order, instead of those that it had. Where no column is called {@code rn},
   * their numbers, from 0, are called {@code rowid}.
   */
  void create(String select, boolean numbered) throws SQLException {
    create(select, numbered, List.of());
  }

  /**
   * The same.
   *
   * @param constants SQL of further columns that are the same in all rows
   */
  void create(String select, boolean numbered, List<String> constants) throws SQLException {
    String more = constants.isEmpty() ? "" : ", " + String.join(", ", constants);
    if (file == null) {
      db.run("CREATE OR REPLACE TABLE %s AS SELECT *%s FROM (%s)".formatted(name, more, select));
      return;
    }
    Path next = file.resolveSibling(name + "-" + written++ + ".parquet");
    String path = DuckDb.text(next.toString());
    db.run("COPY (" + select + ") TO " + path + PLAIN);
    db.run(
        "CREATE OR REPLACE VIEW %s AS SELECT %s%s FROM read_parquet(%s%s)"
            .formatted(
                name,
                numbered ? "*" : "file_row_number AS rowid, * EXCLUDE (file_row_number)",
                more,
                path,
                numbered ? "" : ", file_row_number = true"));
    forget();
    lies = next;
  }

  /** Deletes the file that no view reads any more: the folder need not hold rows twice. */
  private void forget() throws SQLException {
    try {
      if (lies != null) {
        Files.delete(lies);
        lies = null;
      }
    } catch (IOException e) {
      // the engine's word for the same
      throw new SQLException("IO Error: " + e.getClass().getSimpleName(), e);
    }
  }

  /**
   * Changes columns of rows that nothing was left out of yet.
   *
   * @param columns SQL of what is selected from itself
   */
  void rewrite(String columns) throws SQLException {
    create(
        "SELECT %s FROM (SELECT %s FROM %s)"
            .formatted(columns, file == null ? "*" : "* EXCLUDE (rowid)", name),
        false);
  }

  /**
   * Leaves rows out for good.
   *
   * @param number the column of their numbers
   * @param numbers SQL that gives those to be left out
   */
  void leaveOut(String number, String numbers) throws SQLException {
    if (file == null) {
      db.run("DELETE FROM %s WHERE %s IN (%s)".formatted(name, number, numbers));
      return;
    }
    int before = 0;
    while (there(name + "_" + before)) {
      before++;
    }
    String all = name + "_" + before;
    String gone = "gone_from_" + all;
    db.run("CREATE TABLE %s AS SELECT DISTINCT n FROM (%s) AS numbers(n)".formatted(gone, numbers));
    if (db.number("SELECT count(*) FROM " + gone) == 0) {
      db.run("DROP TABLE " + gone);
      return;
    }
    db.run("ALTER VIEW %s RENAME TO %s".formatted(name, all));
    db.run(
        "CREATE VIEW %1$s AS SELECT * FROM %2$s ANTI JOIN %3$s ON %2$s.%4$s = %3$s.n"
            .formatted(name, all, gone, number));
  }

  /**
   * Where all rows are, also those that were left out, in the order of their numbers; the engine
   * keeps none through a join.
   */
  String everything() throws SQLException {
    return file != null && there(name + "_0") ? name + "_0" : name;
  }

  private boolean there(String relation) throws SQLException {
    return db.number(
            "SELECT count(*) FROM duckdb_views() WHERE view_name = " + DuckDb.text(relation))
        > 0;
  }

  /** Deletes the file, if there is one: nobody asks for a row any more. On any thread. */
  void abandon() {
    Path last = lies;
    if (last != null) {
      // the folder takes with it what stays
      last.toFile().delete();
    }
  }

  /** Rows and all. */
  void drop() throws SQLException {
    db.run("DROP %s IF EXISTS %s".formatted(file == null ? "TABLE" : "VIEW", name));
    forget();
  }
}
