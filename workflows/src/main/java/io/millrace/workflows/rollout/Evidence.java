package io.millrace.workflows.rollout;

/**
 * Evidence against "the new version is no different" that may be looked at as often as one likes:
 * natural logarithms of e-values. Under the null hypothesis the chance that such a value ever
 * exceeds {@code ln(1/α)} is at most {@code α} (Ville 1939), whenever and however often one looks
 * and stops. Mixtures over the alternative are Robbins's (1970); for A/B tests Johari, Koomen,
 * Pekelis and Walsh (2017, 2022); for confidence sequences Howard, Ramdas, McAuliffe and Sekhon
 * (2021); two samples as in Turner, Ly and Grünwald (2024).
 *
 * <p>Only {@link StrictMath}: a replay on another machine must come to the same verdict.
 */
final class Evidence {
  /** Pseudo counts of the mixtures, a half each (Jeffreys) where nothing is known beforehand. */
  private static final double HALF = 0.5;

  private Evidence() {}

  /**
   * For two versions that serve at the same time. Under the null an event (an error, a slow answer,
   * a score in some bin) is the new version's with the chance {@code share}, whatever happens to
   * the traffic meanwhile; for each kind of event the alternative mixes over all other chances with
   * {@code Beta(weight · share, weight · (1 − share))}.
   *
   * @param fresh events of the new version by kind
   * @param old events of the old version, the same kinds
   * @param share of the traffic that the new version has, in (0, 1)
   * @param weight pseudo events of the mixture: the fewer, the larger the differences it looks for
   * @return ln of the e-value
   */
  static double split(double[] fresh, double[] old, double share, double weight) {
    double a = weight * share;
    double b = weight * (1 - share);
    double sum = 0;
    for (int i = 0; i < fresh.length; i++) {
      if (fresh[i] + old[i] > 0) {
        sum +=
            logBeta(fresh[i] + a, old[i] + b)
                - logBeta(a, b)
                - fresh[i] * StrictMath.log(share)
                - old[i] * StrictMath.log(1 - share);
      }
    }
    return sum;
  }

  /**
   * For two versions that serve one after the other: both samples' Dirichlet mixtures against the
   * one distribution that suits both best. For every distribution the product of the two mixtures'
   * likelihood ratios is an e-value, so the least of them is one for "some distribution made both".
   *
   * @param fresh counts of the new version's requests by kind
   * @param old counts of the old version's, the same kinds
   * @return ln of the e-value
   */
  static double pooled(double[] fresh, double[] old) {
    double n = sum(fresh);
    double m = sum(old);
    if (n == 0 || m == 0) {
      return 0;
    }
    double best = 0;
    for (int i = 0; i < fresh.length; i++) {
      double both = fresh[i] + old[i];
      best += both == 0 ? 0 : both * StrictMath.log(both / (n + m));
    }
    return mixture(fresh) + mixture(old) - best;
  }

  /**
   * Against a rate that is given.
   *
   * @param events that happened
   * @param others that did not
   * @param rate what the null says their share is, in (0, 1)
   * @return ln of the e-value
   */
  static double against(double events, double others, double rate) {
    return mixture(new double[] {events, others})
        - events * StrictMath.log(rate)
        - others * StrictMath.log(1 - rate);
  }

  /** ln of the chance that a Dirichlet mixture gives to a sequence with these counts. */
  private static double mixture(double[] counts) {
    double value = logGamma(HALF * counts.length) - logGamma(sum(counts) + HALF * counts.length);
    for (double count : counts) {
      value += logGamma(count + HALF) - logGamma(HALF);
    }
    return value;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double logBeta(double a, double b) {
    return logGamma(a) + logGamma(b) - logGamma(a + b);
  }

  /**
   * ln Γ(x) for x > 0 by Stirling's series from 10 on, moved there by the recurrence; right to
   * 1e-12 (Abramowitz and Stegun 6.1.41).
   */
  static double logGamma(double x) {
    double shift = 0;
    double at = x;
    while (at < 10) {
      shift += StrictMath.log(at);
      at++;
    }
    double inverse = 1 / at;
    double square = inverse * inverse;
    double series =
        inverse
            * (1.0 / 12
                - square
                    * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
    return (at - 0.5) * StrictMath.log(at)
        - at
        + 0.5 * StrictMath.log(2 * StrictMath.PI)
        + series
        - shift;
  }
}
