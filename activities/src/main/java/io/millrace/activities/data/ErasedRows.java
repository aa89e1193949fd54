package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.subject.Subjects;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** People who were erased stay out when a source that is older than their wish is read again. */
final class ErasedRows {
  private ErasedRows() {}

  /** Leaves out rows of {@code raw} whose id belongs to one who was erased. */
  static List<ExpectationOutcome> leaveOut(
      DuckDb db, Relation raw, ObjectStore store, List<Column> columns) throws SQLException {
    Optional<Column> id = columns.stream().filter(c -> c.role() == Role.ID).findFirst();
    Optional<Subjects> subjects = id.isEmpty() ? Optional.empty() : Subjects.whenErased(store);
    if (id.isEmpty() || subjects.isEmpty()) {
      return List.of();
    }
    Set<String> erased = subjects.get().erased();
    String text = Column.text(id.get().raw());
    db.run("CREATE TABLE erased (id VARCHAR)");
    try (DuckDb.Rows rows = db.appendTo("erased")) {
      db.blocks(
          "SELECT DISTINCT x FROM (SELECT " + text + " AS x FROM raw) WHERE x IS NOT NULL",
          (block, count) -> {
            for (int i = 0; i < count; i++) {
              String value = block.vector(0).getString(i);
              if (erased.contains(subjects.get().pseudonym(value))) {
                rows.add(value);
              }
            }
          });
    }
    String theirs = " FROM raw WHERE " + text + " IN (SELECT id FROM erased)";
    long left = db.number("SELECT count(*)" + theirs);
    if (left == 0) {
      return List.of();
    }
    raw.leaveOut("rowid", "SELECT rowid" + theirs);
    return List.of(
        new ExpectationOutcome(
            "people who were erased stay out",
            "drop",
            left,
            "%d rows of people who were erased are left out".formatted(left)));
  }
}
