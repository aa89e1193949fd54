package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.DataSpec;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether every split can be used for what it is for. */
final class SplitChecks {
  private SplitChecks() {}

  /**
   * Each split that was asked for has rows; for binary each has both classes, for multiclass the
   * training split has every class.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID}
   */
  static void check(
      DuckDb db, DataSpec data, List<Column> columns, List<String> classes, Map<String, Long> rows)
      throws SQLException {
    require(rows, DatasetManifest.TRAIN, 1);
    require(rows, DatasetManifest.VALIDATION, data.split().validation());
    require(rows, DatasetManifest.TEST, data.split().test());
    if (classes.isEmpty()) {
      return;
    }
    Column target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    for (List<@Nullable Object> row :
        db.rows(
            "SELECT part, count(DISTINCT %s) FROM clean JOIN split USING (rn) GROUP BY 1 ORDER BY 1"
                .formatted(target.sql()))) {
      if (row.get(0) instanceof Number part && row.get(1) instanceof Number found) {
        boolean all = classes.size() == 2 || part.intValue() == 0;
        if (all && found.intValue() < classes.size()) {
          throw DataChecks.invalid(
              "%s: %d of %d classes in the %s split"
                  .formatted(
                      target.name(),
                      found.intValue(),
                      classes.size(),
                      Splitter.PARTS.get(part.intValue())),
              "all; take more rows or another split");
        }
      }
    }
  }

  private static void require(Map<String, Long> rows, String split, double share) {
    if (share > 0 && !rows.containsKey(split)) {
      throw DataChecks.invalid("rows of the " + split + " split: 0", "> 0");
    }
  }
}
