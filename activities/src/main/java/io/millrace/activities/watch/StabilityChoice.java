package io.millrace.activities.watch;

import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;

/**
 * PSI for every column ({@link StabilityIndex}); the usual limits are .1 and .25.
 *
 * @param threshold from which a column counts
 */
record StabilityChoice(double threshold) implements EffectChoice {
  @Override
  public Effect of(ColumnProfile reference, ColumnProfile current) {
    return new Effect(Effect.PSI, psi(reference, current), threshold);
  }

  static double psi(ColumnProfile reference, ColumnProfile current) {
    if (reference instanceof NumberProfile a && current instanceof NumberProfile b) {
      return StabilityIndex.of(a, b);
    }
    if (reference instanceof CategoryProfile a && current instanceof CategoryProfile b) {
      CategoryBins bins = CategoryBins.of(a, b);
      return StabilityIndex.ofCounts(bins.reference(), bins.current());
    }
    return 0;
  }
}
