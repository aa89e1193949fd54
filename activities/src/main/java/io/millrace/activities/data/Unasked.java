package io.millrace.activities.data;

import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.PrivacySpec.Action;
import io.millrace.workflows.spec.Task;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What nobody asks of the texts of a source's columns, so that they need not be kept to be looked
 * at again.
 *
 * @param numbers by a column's name: of plain numbers nothing but the numbers
 * @param personal by a column's name: of values that are personal nothing but how many there are
 * @param id the column whose values should stand once; null: none
 */
record Unasked(Predicate<String> numbers, Predicate<String> personal, @Nullable String id) {
  /** By what is declared of the columns. */
  static Unasked of(IngestRequest request) {
    DataSpec data = request.data();
    boolean classes = request.task().scored() != Task.REGRESSION;
    boolean hides =
        PrivacyActions.detects(data.privacy())
            && data.privacy().onFind() == Action.MASK
            // the user's own SQL may speak of any column, a history of what is in each
            && data.expectations().stream().noneMatch(e -> e.sql() != null || e.history() != null);
    return new Unasked(
        name -> numbers(data, classes, name), name -> hides && personal(data, name), data.id());
  }

  /**
   * Not where they are categories, whose text would be made again and again, nor where a name or
   * the declaration speaks of personal data.
   */
  private static boolean numbers(DataSpec data, boolean classes, String name) {
    return !name.equals(data.id())
        && !(classes && name.equals(data.target()))
        && data.columns().get(name) != ColumnType.CATEGORY
        && !data.privacy().columns().containsKey(name)
        && NameRecognisers.of(name).isEmpty()
        && !NameRecognisers.speaksOfPhones(name);
  }

  /** Not where anything else is declared of the column. */
  private static boolean personal(DataSpec data, String name) {
    return !name.equals(data.id())
        && !name.equals(data.target())
        && !name.equals(data.time())
        && !name.equals(data.split().column())
        && !data.columns().containsKey(name)
        && !data.privacy().columns().containsKey(name)
        && data.recommend() == null
        && data.forecast() == null
        && data.expectations().stream().map(ExpectationSpec::column).noneMatch(name::equals);
  }
}
