package io.millrace.activities.deploy.docker;

import java.util.Map;
import java.util.TreeMap;

/** Shares of traffic as whole numbers, which is what the proxy takes for a server. */
final class ProxyWeights {
  /** The greatest weight HAProxy takes. */
  static final int MOST = 256;

  private ProxyWeights() {}

  /**
   * The whole numbers 0..256 whose shares come nearest to the asked ones. A share above 0 never
   * becomes 0, so the finest split is 1 : 256.
   *
   * @param shares by server, each &gt;= 0; a sum of 0 gives all 0
   */
  static Map<String, Integer> of(Map<String, Double> shares) {
    double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    double greatest = shares.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    Map<String, Integer> best = new TreeMap<>();
    shares.keySet().forEach(server -> best.put(server, 0));
    if (sum <= 0) {
      return best;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int scale = MOST; scale >= 1; scale--) {
      Map<String, Integer> weights = new TreeMap<>();
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        double exact = share.getValue() / greatest * scale;
        weights.put(share.getKey(), exact <= 0 ? 0 : (int) Math.max(1, Math.round(exact)));
      }
      double error = error(shares, sum, weights);
      if (error < least - 1e-12) {
        least = error;
        best.putAll(weights);
      }
    }
    return best;
  }

  /** The greatest difference between an asked share and the one that comes out. */
  private static double error(
      Map<String, Double> shares, double sum, Map<String, Integer> weights) {
    double all = weights.values().stream().mapToInt(Integer::intValue).sum();
    double worst = 0;
    for (Map.Entry<String, Integer> weight : weights.entrySet()) {
      double share = shares.getOrDefault(weight.getKey(), 0.0);
      worst = Math.max(worst, Math.abs(weight.getValue() / all - share / sum));
    }
    return worst;
  }
}
