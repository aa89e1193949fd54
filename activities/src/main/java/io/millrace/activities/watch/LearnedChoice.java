package io.millrace.activities.watch;

import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Thresholds that are learned: what chance alone makes of the measure. {@value #WINDOWS} windows
 * are drawn from the reference's distribution, each is measured against the reference, and the
 * threshold is their mean and three standard deviations, as NannyML sets its own over chunks.
 *
 * <p>A drawn window has as many rows as the one that is judged, {@value #ROWS} at most: what a
 * window of that many rows would not show does not matter, however many rows there are. So a great
 * stream that moved by a hair stays quiet, and a small window has to differ by more. Rows are drawn
 * one by one; a reference whose neighbouring rows are alike varies more between real windows than
 * this says.
 *
 * <p>Measures are {@link EvidentlyChoice}'s for great references. Seeded by the column's name:
 * equal profiles give equal thresholds. Not thread-safe; one serves all windows of a check.
 */
final class LearnedChoice implements EffectChoice {
  private static final int WINDOWS = 60;
  private static final int ROWS = 1_000;
  private static final double DEVIATIONS = 3;

  private final Map<String, Double> learned = new HashMap<>();

  @Override
  public Effect of(ColumnProfile reference, ColumnProfile current) {
    int rows = (int) Math.min(ROWS, Math.max(1, current.count()));
    Optional<CategoryBins> levels = EvidentlyChoice.levels(reference, current);
    if (levels.isPresent()) {
      double[] before = levels.get().reference();
      // what the levels are depends on the window only where it has numbers the reference has not
      double threshold =
          threshold(
              reference.name() + "/" + before.length + "/" + rows,
              random -> {
                double[] drawn = counts(before, rows, random);
                return Distances.jensenShannon(before, drawn, Math.E);
              });
      return new Effect(
          Effect.JENSEN_SHANNON,
          Distances.jensenShannon(before, levels.get().current(), Math.E),
          threshold);
    }
    if (reference instanceof NumberProfile a && current instanceof NumberProfile b) {
      double threshold =
          threshold(
              a.name() + "/" + rows,
              random -> Distances.normedWasserstein(a, drawn(a, rows, random)));
      return new Effect(Effect.WASSERSTEIN, Distances.normedWasserstein(a, b), threshold);
    }
    return Effect.none(Effect.WASSERSTEIN, 0);
  }

  /** What one drawn window measures. */
  private interface Draw {
    double measure(SplittableRandom random);
  }

  private double threshold(String key, Draw draw) {
    Supplier<Double> learn =
        () -> {
          SplittableRandom random = new SplittableRandom(key.hashCode());
          double[] measured = new double[WINDOWS];
          for (int i = 0; i < WINDOWS; i++) {
            measured[i] = draw.measure(random);
          }
          double mean = Arrays.stream(measured).average().orElse(0);
          double squares = Arrays.stream(measured).map(x -> (x - mean) * (x - mean)).sum();
          return mean + DEVIATIONS * Math.sqrt(squares / (WINDOWS - 1));
        };
    return learned.computeIfAbsent(key, any -> learn.get());
  }

  private static double[] counts(double[] weights, int rows, SplittableRandom random) {
    double[] ends = weights.clone();
    Arrays.parallelPrefix(ends, Double::sum);
    double all = ends[ends.length - 1];
    double[] counts = new double[weights.length];
    for (int i = 0; i < rows; i++) {
      double at = random.nextDouble() * all;
      int level = Arrays.binarySearch(ends, at);
      counts[Math.min(level >= 0 ? level + 1 : -level - 1, counts.length - 1)]++;
    }
    return counts;
  }

  private static NumberProfile drawn(NumberProfile from, int rows, SplittableRandom random) {
    ProfileBuilder builder =
        new ProfileBuilder(List.of(new Profile.Column(from.name(), Feature.Kind.NUMBER)));
    for (int i = 0; i < rows; i++) {
      builder.add(0, from.quantile(random.nextDouble()));
      builder.endRow();
    }
    return (NumberProfile) builder.build().column(from.name()).orElseThrow();
  }
}
