package io.millrace.activities.watch.estimate;

import io.millrace.activities.watch.Numbers;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a window lies where the reference has rows: an estimate carries what was learned there to
 * rows like those, and says nothing of others.
 */
public final class Coverage {
  /** Share of a column's values that may lie outside of the reference. */
  static final double OUTSIDE = 0.05;

  private Coverage() {}

  /**
   * Why the window is not covered; empty when it is: every column of the reference is there, and at
   * most {@value #OUTSIDE} of its values are below the reference's least, above its greatest, of a
   * level that it does not have, or missing beyond the reference's share.
   */
  public static Optional<String> problem(Profile reference, Profile window) {
    for (ColumnProfile before : reference.columns()) {
      ColumnProfile now = window.column(before.name()).orElse(null);
      if (now == null || now.kind() != before.kind()) {
        return Optional.of("the window has no column " + before.name());
      }
      double outside = outside(before, now);
      if (outside > OUTSIDE) {
        return Optional.of(
            "%s of the values of %s are none that the reference has"
                .formatted(Numbers.percent(outside), before.name()));
      }
      if (now.missingRate() - before.missingRate() > OUTSIDE) {
        return Optional.of(
            "%s is missing in %s of the rows, before in %s"
                .formatted(
                    before.name(),
                    Numbers.percent(now.missingRate()),
                    Numbers.percent(before.missingRate())));
      }
    }
    return Optional.empty();
  }

  private static double outside(ColumnProfile before, ColumnProfile now) {
    if (before.count() == 0 || now.count() == 0) {
      return 0;
    }
    if (before instanceof NumberProfile a && now instanceof NumberProfile b) {
      return b.cdf(Math.nextDown(a.min())) + 1 - b.cdf(a.max());
    }
    if (before instanceof CategoryProfile a && now instanceof CategoryProfile b && a.exact()) {
      double unseen = b.other();
      for (Map.Entry<String, Long> level : b.counts().entrySet()) {
        unseen += a.counts().containsKey(level.getKey()) ? 0 : level.getValue();
      }
      return unseen / b.count();
    }
    return 0;
  }
}
