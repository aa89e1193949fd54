package io.millrace.activities.deploy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProxyWeightsTest {
  @Test
  void of_commonShares_isExact() {
    for (double share : new double[] {0.01, 0.05, 0.1, 0.25, 0.3, 0.5}) {
      Map<String, Integer> weights = ProxyWeights.of(Map.of("new", share, "old", 1 - share));
      assertThat((double) weights.get("new") / (weights.get("new") + weights.get("old")))
          .isCloseTo(share, within(1e-12));
    }
  }

  @Test
  void of_aShareAboveZero_neverBecomesZero() {
    assertThat(ProxyWeights.of(Map.of("new", 1e-6, "old", 1 - 1e-6)))
        .isEqualTo(Map.of("new", 1, "old", 256));
  }

  @Test
  void of_nothing_isAllZero() {
    assertThat(ProxyWeights.of(Map.of("a", 0.0, "b", 0.0))).isEqualTo(Map.of("a", 0, "b", 0));
    assertThat(ProxyWeights.of(Map.of())).isEmpty();
    assertThat(ProxyWeights.of(Map.of("a", 1.0, "b", 0.0)).get("b")).isZero();
  }

  @Test
  void of_anyShares_isWithinHalfAStepOfThem() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 500; i++) {
      Map<String, Double> shares = new TreeMap<>();
      int servers = random.nextInt(2, 7);
      double sum = 0;
      for (int s = 0; s < servers; s++) {
        double share = random.nextDouble(0.05, 1);
        shares.put("s" + s, share);
        sum += share;
      }
      Map<String, Integer> weights = ProxyWeights.of(shares);
      double all = weights.values().stream().mapToInt(Integer::intValue).sum();
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        assertThat(weights.get(share.getKey())).isBetween(1, ProxyWeights.MOST);
        // rounding at the greatest scale is off by half a step of 1/256 at each of n servers
        assertThat(weights.get(share.getKey()) / all)
            .isCloseTo(share.getValue() / sum, within(0.5 * servers / 256));
      }
    }
  }
}
