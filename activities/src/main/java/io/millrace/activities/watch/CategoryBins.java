package io.millrace.activities.watch;

import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.NumberProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Two columns of texts, binned alike: one bin for each of the reference's most frequent levels, one
 * for everything else, unseen levels included.
 *
 * @param labels the levels; {@value #REST} is everything else
 * @param reference rows per bin
 * @param current rows per bin
 */
record CategoryBins(List<String> labels, double[] reference, double[] current) {
  static final String REST = "(other)";

  /** More bins say nothing more and make PSI grow by chance, by about bins/rows. */
  private static final int MOST = 50;

  static CategoryBins of(CategoryProfile reference, CategoryProfile current) {
    Map<String, Long> before = reference.counts();
    Map<String, Long> now = current.counts();
    List<String> levels =
        before.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(MOST)
            .map(Map.Entry::getKey)
            .toList();
    List<String> labels = new ArrayList<>(levels);
    labels.add(REST);
    double[] a = counts(levels, before, reference.other());
    double[] b = counts(levels, now, current.other());
    return new CategoryBins(List.copyOf(labels), a, b);
  }

  /**
   * Rows by number, when both sides together hold few different ones; empty when they hold more.
   * Exact as long as the profiles are.
   */
  static Optional<CategoryBins> ofNumbers(
      NumberProfile reference, NumberProfile current, int most) {
    double[] before = reference.values();
    double[] now = current.values();
    if (before.length > most || now.length > most) {
      return Optional.empty();
    }
    double[] values =
        Stream.of(before, now).flatMapToDouble(Arrays::stream).distinct().sorted().toArray();
    if (values.length > most) {
      return Optional.empty();
    }
    return Optional.of(
        new CategoryBins(
            Arrays.stream(values).mapToObj(Numbers::shortly).toList(),
            counts(values, reference),
            counts(values, current)));
  }

  private static double[] counts(double[] values, NumberProfile profile) {
    double[] counts = new double[values.length];
    double below = 0;
    for (int i = 0; i < values.length && profile.count() > 0; i++) {
      double share = profile.cdf(values[i]);
      counts[i] = Math.round((share - below) * profile.count());
      below = share;
    }
    return counts;
  }

  private static double[] counts(List<String> levels, Map<String, Long> counts, long other) {
    double[] bins = new double[levels.size() + 1];
    Set<String> named = new HashSet<>(levels);
    double rest = other;
    for (Map.Entry<String, Long> level : counts.entrySet()) {
      if (!named.contains(level.getKey())) {
        rest += level.getValue();
      }
    }
    for (int i = 0; i < levels.size(); i++) {
      bins[i] = counts.getOrDefault(levels.get(i), 0L);
    }
    bins[levels.size()] = rest;
    return bins;
  }
}
