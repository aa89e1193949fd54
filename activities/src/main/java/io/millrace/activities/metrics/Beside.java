package io.millrace.activities.metrics;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Table;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What some metrics need of rows beside labels and scores. Arrays are not copied: do not change
 * them.
 *
 * @param naive {@code (rows)}: the seasonal-naive forecast, NaN where the value before is not
 *     known; null when the rows are no forecast
 * @param groups {@code (rows)}: which rows have one user, numbers from 0; null when rows stand
 *     alone
 * @param relevant the least label that counts as relevant within a group
 */
@SuppressWarnings("ArrayRecordComponent") // a bulk carrier, never compared
public record Beside(double @Nullable [] naive, int @Nullable [] groups, double relevant) {
  /** Labels and scores are all there is. */
  public static final Beside NOTHING = new Beside(null, null, 0);

  /**
   * Of rows of a dataset version.
   *
   * @param rows have the columns that the manifest names for it
   */
  public static Beside of(DatasetManifest manifest, Table rows) {
    String naive = manifest.naive();
    DatasetManifest.Ranking ranking = manifest.ranking();
    if (naive == null && ranking == null) {
      return NOTHING;
    }
    return new Beside(
        naive == null ? null : rows.numbers(naive),
        ranking == null ? null : groups(rows.categories(ranking.user())),
        ranking == null ? 0 : ranking.relevant());
  }

  /** The rows with these positions, in this order; one may come twice. */
  public Beside only(int[] rows) {
    if (naive == null && groups == null) {
      return this;
    }
    double[] values = naive == null ? null : new double[rows.length];
    int[] users = groups == null ? null : new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      if (values != null && naive != null) {
        values[i] = naive[rows[i]];
      }
      if (users != null && groups != null) {
        users[i] = groups[rows[i]];
      }
    }
    return new Beside(values, users, relevant);
  }

  private static int[] groups(@Nullable String[] users) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] groups = new int[users.length];
    for (int i = 0; i < groups.length; i++) {
      // rows without a user are one group: that of nobody known
      String user = users[i] == null ? "" : "u" + users[i];
      groups[i] = numbers.computeIfAbsent(user, u -> numbers.size());
    }
    return groups;
  }
}
