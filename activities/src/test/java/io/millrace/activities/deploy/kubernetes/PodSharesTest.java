package io.millrace.activities.deploy.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PodSharesTest {
  @Test
  void of_oneVersion_isTheLeast_andNoWeightIsNoPod() {
    assertThat(PodShares.of(Map.of(1, 1.0, 2, 0.0), 3)).isEqualTo(Map.of(1, 3));
    assertThat(PodShares.of(Map.of(1, 0.0), 3)).isEmpty();
  }

  @Test
  void of_aSplit_isTheFewestPodsWithinAPercentagePoint() {
    assertThat(PodShares.of(Map.of(1, 0.5, 2, 0.5), 1)).isEqualTo(Map.of(1, 1, 2, 1));
    assertThat(PodShares.of(Map.of(1, 0.9, 2, 0.1), 1)).isEqualTo(Map.of(1, 9, 2, 1));
    assertThat(PodShares.of(Map.of(1, 0.7, 2, 0.3), 1)).isEqualTo(Map.of(1, 7, 2, 3));
    assertThat(PodShares.of(Map.of(1, 0.5, 2, 0.25, 3, 0.25), 1))
        .isEqualTo(Map.of(1, 2, 2, 1, 3, 1));
  }

  @Test
  void of_aSplit_neverHasFewerPodsThanTheLeast() {
    assertThat(PodShares.of(Map.of(1, 0.5, 2, 0.5), 6)).isEqualTo(Map.of(1, 3, 2, 3));
  }

  @Test
  void of_aShareTooSmall_isOnePodOfTwenty_andEveryShareIsMetAsNearlyAsThatAllows() {
    assertThat(PodShares.of(Map.of(1, 0.99, 2, 0.01), 1)).isEqualTo(Map.of(1, 19, 2, 1));
    for (int percent = 5; percent <= 95; percent++) {
      double share = percent / 100.0;
      Map<Integer, Integer> pods = PodShares.of(Map.of(1, 1 - share, 2, share), 1);
      double total = pods.values().stream().mapToInt(Integer::intValue).sum();
      assertThat(total).isLessThanOrEqualTo(PodShares.MOST);
      assertThat(pods.get(2) / total).isCloseTo(share, within(0.0145));
    }
  }
}
