package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.RecommendSpec;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a table of ratings has that others have not. */
final class Recommended {
  private Recommended() {}

  /** Whether the column names a user or an item: a category, however many there are. */
  static boolean names(DataSpec data, String column) {
    RecommendSpec recommend = data.recommend();
    return recommend != null
        && (recommend.user().equals(column) || recommend.item().equals(column));
  }

  /** Of the split table; null when nothing is recommended. */
  static DatasetManifest.@Nullable Ranking ranking(DuckDb db, DataSpec data, List<Column> columns)
      throws SQLException {
    RecommendSpec recommend = data.recommend();
    if (recommend == null) {
      return null;
    }
    Double relevant = recommend.relevant();
    return new DatasetManifest.Ranking(
        recommend.user(), relevant == null ? mean(db, columns) : relevant);
  }

  private static double mean(DuckDb db, List<Column> columns) throws SQLException {
    Column target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    Object mean =
        db.row("SELECT avg(%s) FROM parted WHERE part = 0".formatted(target.sql())).getFirst();
    return mean instanceof Number number ? number.doubleValue() : 0;
  }
}
