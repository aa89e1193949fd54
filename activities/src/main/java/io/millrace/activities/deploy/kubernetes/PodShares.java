package io.millrace.activities.deploy.kubernetes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Weights as numbers of pods behind one Service, which spreads connections evenly over them. The
 * fewest pods that come within one percentage point of every weight; with {@link #MOST} pods in all
 * at most, so a share below about 5 % becomes one pod of twenty.
 */
final class PodShares {
  /** More pods than this for the sake of a weight cost more than the precision is worth. */
  static final int MOST = 20;

  private static final double PRECISION = 0.01;

  private PodShares() {}

  /**
   * Pods by version; versions without weight are not in it.
   *
   * @param weights shares that sum to 1, or all 0
   * @param least instances of a version that has all the traffic; a split has no fewer in all
   */
  static Map<Integer, Integer> of(Map<Integer, Double> weights, int least) {
    Map<Integer, Double> shares = new TreeMap<>(weights);
    shares.values().removeIf(weight -> weight <= 0);
    if (shares.size() <= 1) {
      Map<Integer, Integer> one = new TreeMap<>();
      shares.keySet().forEach(version -> one.put(version, least));
      return one;
    }
    Map<Integer, Integer> best = Map.of();
    double bestError = Double.POSITIVE_INFINITY;
    int most = Math.max(MOST, least);
    for (int total = Math.max(shares.size(), least); total <= most; total++) {
      Map<Integer, Integer> pods = apportion(shares, total);
      double error = 0;
      for (Map.Entry<Integer, Double> share : shares.entrySet()) {
        double got = pods.getOrDefault(share.getKey(), 0) / (double) total;
        error = Math.max(error, Math.abs(got - share.getValue()));
      }
      if (error < bestError - 1e-12) {
        best = pods;
        bestError = error;
      }
      if (error <= PRECISION) {
        break;
      }
    }
    return best;
  }

  /** Largest remainders, one pod each first. */
  private static Map<Integer, Integer> apportion(Map<Integer, Double> shares, int total) {
    Map<Integer, Integer> pods = new TreeMap<>();
    shares.forEach(
        (version, share) -> pods.put(version, Math.max(1, (int) Math.floor(share * total))));
    List<Integer> order = new ArrayList<>(shares.keySet());
    while (sum(pods) != total) {
      int step = sum(pods) < total ? 1 : -1;
      Comparator<Integer> missing =
          Comparator.comparingDouble(
              version ->
                  step
                      * (shares.getOrDefault(version, 0.0) * total
                          - pods.getOrDefault(version, 0)));
      int version =
          order.stream()
              .filter(candidate -> step > 0 || pods.getOrDefault(candidate, 0) > 1)
              .max(missing)
              .orElseThrow();
      pods.merge(version, step, Integer::sum);
    }
    return pods;
  }

  private static int sum(Map<Integer, Integer> pods) {
    return pods.values().stream().mapToInt(Integer::intValue).sum();
  }
}
