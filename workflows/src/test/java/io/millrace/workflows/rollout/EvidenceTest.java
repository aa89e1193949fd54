package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EvidenceTest {
  @Test
  void logGamma_matchesFactorialsAndTheHalf() {
    double factorial = 1;
    for (int n = 1; n < 30; n++) {
      assertThat(Evidence.logGamma(n)).isCloseTo(Math.log(factorial), within(1e-11));
      factorial *= n;
    }
    assertThat(Evidence.logGamma(0.5)).isCloseTo(Math.log(Math.sqrt(Math.PI)), within(1e-12));
    assertThat(Evidence.logGamma(0.2)).isCloseTo(1.5240638224307843, within(1e-12));
  }

  @Test
  void split_isTheBetaMixturesLikelihoodRatio() {
    // Beta(0.2, 1.8), three events of the new version in a row:
    // (0.2/2 · 1.2/3 · 2.2/4) / 0.1³ = 0.022 / 0.001
    assertThat(Evidence.split(new double[] {3}, new double[] {0}, 0.1, 2))
        .isCloseTo(Math.log(22), within(1e-10));
    assertThat(Evidence.split(new double[] {0, 0}, new double[] {0, 0}, 0.1, 2)).isZero();
  }

  @Test
  void pooled_isBothMixturesAgainstTheBestCommonRate() {
    // Jeffreys gives 1 success of 1: 1/2, and 1 failure of 1: 1/2; the best common rate 1/2 · 1/2
    assertThat(Evidence.pooled(new double[] {1, 0}, new double[] {0, 1}))
        .isCloseTo(0, within(1e-12));
    assertThat(Evidence.pooled(new double[] {50, 50}, new double[] {10, 90})).isGreaterThan(15);
    assertThat(Evidence.pooled(new double[] {0, 0}, new double[] {10, 90})).isZero();
  }

  @Test
  void against_isTheMixtureAgainstTheGivenRate() {
    assertThat(Evidence.against(1, 0, 0.01)).isCloseTo(Math.log(0.5 / 0.01), within(1e-12));
  }

  /** Ville: whatever the number of looks, at most α of the null sequences ever exceed ln(1/α). */
  @Test
  void everyEvidence_underTheNullAndLookedAtAlways_seldomExceedsItsLevel() {
    Random random = new Random(20261125);
    int sequences = 2_000;
    double alpha = 0.05;
    double level = Math.log(1 / alpha);
    int split = 0;
    int bins = 0;
    int pooled = 0;
    int against = 0;
    for (int i = 0; i < sequences; i++) {
      double[] fresh = new double[4];
      double[] old = new double[4];
      double[] kind = new double[2];
      double[] before = {random.nextInt(60), 3_000};
      double rate = 0.01;
      before[0] = binomial(random, 3_000, rate);
      before[1] = 3_000 - before[0];
      boolean[] seen = new boolean[4];
      for (int n = 0; n < 1_000; n++) {
        int bin = (int) (4 * random.nextDouble() * random.nextDouble());
        (random.nextDouble() < 0.1 ? fresh : old)[bin]++;
        kind[random.nextDouble() < rate ? 0 : 1]++;
        seen[0] |= Evidence.split(new double[] {fresh[3]}, new double[] {old[3]}, 0.1, 2) >= level;
        seen[1] |= Evidence.split(fresh, old, 0.1, 10) >= level;
        seen[2] |= Evidence.pooled(kind, before) >= level;
        seen[3] |= Evidence.against(kind[0], kind[1], rate) >= level;
      }
      split += seen[0] ? 1 : 0;
      bins += seen[1] ? 1 : 0;
      pooled += seen[2] ? 1 : 0;
      against += seen[3] ? 1 : 0;
    }
    System.out.printf(
        "null sequences of %d over the 5 %% level: split %d, bins %d, pooled %d, against %d%n",
        sequences, split, bins, pooled, against);
    // 100 are allowed on average at most; three standard deviations of chance on top
    assertThat(split).isLessThan(130);
    assertThat(bins).isLessThan(130);
    assertThat(pooled).isLessThan(130);
    assertThat(against).isLessThan(130);
    // and it is no test that never says anything
    assertThat(split + bins + against).isPositive();
  }

  private static double binomial(Random random, int n, double p) {
    int k = 0;
    for (int i = 0; i < n; i++) {
      k += random.nextDouble() < p ? 1 : 0;
    }
    return k;
  }
}
