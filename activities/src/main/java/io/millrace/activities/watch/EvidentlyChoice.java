package io.millrace.activities.watch;

import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import java.util.Optional;

/**
 * Evidently's default table of measures, by a column's type and the reference's rows:
 *
 * <table>
 *   <caption>measure of the effect, and the test whose p-value stands beside it</caption>
 *   <tr><th>column</th><th>reference of at most 1,000 rows</th><th>of more</th></tr>
 *   <tr><td>numbers, over 5 different</td><td>D of Kolmogorov-Smirnov</td>
 *       <td>Wasserstein distance over the reference's deviation</td></tr>
 *   <tr><td>numbers, up to 5 different</td><td>Cramér's V of chi-squared</td>
 *       <td>Jensen-Shannon distance, natural logarithm</td></tr>
 *   <tr><td>categories</td><td>Cramér's V of chi-squared</td>
 *       <td>Jensen-Shannon distance, natural logarithm</td></tr>
 * </table>
 *
 * <p>Evidently calls a column by the p-value alone on the left and by the distance alone on the
 * right; here both must hold everywhere (see {@link ColumnDrift}). Its z-test of two levels is
 * chi-squared of two levels: {@code z² = chi²}, the same p-value. Its threshold of both distances
 * is .1, the spec's default.
 *
 * @param threshold from which a column counts
 */
record EvidentlyChoice(double threshold) implements EffectChoice {
  /** Rows of the reference up to which Evidently tests instead of measuring. */
  static final long FEW = 1_000;

  /** Different numbers that are levels and no quantity. */
  private static final int LEVELS = 5;

  @Override
  public Effect of(ColumnProfile reference, ColumnProfile current) {
    boolean few = reference.count() + reference.missing() <= FEW;
    Optional<CategoryBins> levels = levels(reference, current);
    if (levels.isPresent()) {
      double[] before = levels.get().reference();
      double[] now = levels.get().current();
      return few
          ? new Effect(Effect.CRAMERS_V, ChiSquared.cramersV(before, now), threshold)
          : new Effect(
              Effect.JENSEN_SHANNON, Distances.jensenShannon(before, now, Math.E), threshold);
    }
    if (reference instanceof NumberProfile a && current instanceof NumberProfile b) {
      return few
          ? new Effect(Effect.KS, KolmogorovSmirnov.test(a, b).statistic(), threshold)
          : new Effect(Effect.WASSERSTEIN, Distances.normedWasserstein(a, b), threshold);
    }
    return Effect.none(Effect.WASSERSTEIN, threshold);
  }

  /** Rows by level, of categories and of numbers that are few; empty for quantities. */
  static Optional<CategoryBins> levels(ColumnProfile reference, ColumnProfile current) {
    if (reference instanceof CategoryProfile a && current instanceof CategoryProfile b) {
      return Optional.of(CategoryBins.of(a, b));
    }
    return reference instanceof NumberProfile a && current instanceof NumberProfile b
        ? CategoryBins.ofNumbers(a, b, LEVELS)
        : Optional.empty();
  }
}
