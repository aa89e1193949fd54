package io.millrace.activities.search;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A density over a {@link Space}: a kernel on each observation and, with the weight of one more, an
 * even prior. A kernel is the product of one per dimension: a normal one cut off at the ends for
 * ordered domains, mass on the value and some on all others for unordered ones. Widths shrink as
 * {@code n^(-1/(d+4))} (Scott 1992), as observations grow.
 */
final class Parzen {
  /** Width of one observation's kernel, in lengths of the domain. */
  private static final double WIDEST = 0.2;

  /** Narrower kernels would propose what was tried, over and over. */
  private static final double NARROWEST = 0.02;

  /** Share of an unordered kernel's mass that one observation leaves to all values alike. */
  private static final double SPREAD = 0.5;

  private final List<Domain> domains;
  private final List<double[]> points;
  private final double width;
  private final double spread;

  /**
   * @param points places in the space; may be none
   */
  Parzen(Space space, List<double[]> points) {
    this.domains = List.copyOf(space.domains().values());
    this.points = List.copyOf(points);
    double shrink = Math.pow(Math.max(1, points.size()), -1.0 / (domains.size() + 4));
    this.width = Math.max(NARROWEST, WIDEST * shrink);
    this.spread = SPREAD * shrink;
  }

  /** A place drawn from it. */
  double[] draw(SplittableRandom random) {
    int chosen = random.nextInt(points.size() + 1);
    double[] place = new double[domains.size()];
    for (int d = 0; d < place.length; d++) {
      place[d] =
          chosen == points.size()
              ? random.nextDouble()
              : drawNear(domains.get(d), points.get(chosen)[d], random);
    }
    return place;
  }

  private double drawNear(Domain domain, double point, SplittableRandom random) {
    if (domain.unordered()) {
      return random.nextDouble() < spread ? random.nextDouble() : point;
    }
    while (true) {
      // at least half of the mass is inside: the centre is
      double drawn = point + width * random.nextGaussian();
      if (drawn >= 0 && drawn < 1) {
        return drawn;
      }
    }
  }

  /** Logarithm of the density at a place, of the probability for domains that can be counted. */
  double logDensity(double[] place) {
    List<Double> logs = new ArrayList<>();
    double prior = 0;
    for (Domain domain : domains) {
      prior -= domain.size() == Integer.MAX_VALUE ? 0 : Math.log(domain.size());
    }
    logs.add(prior);
    for (double[] point : points) {
      double log = 0;
      for (int d = 0; d < place.length; d++) {
        log += Math.log(kernel(domains.get(d), point[d], place[d]));
      }
      logs.add(log);
    }
    double greatest = logs.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double sum = logs.stream().mapToDouble(log -> Math.exp(log - greatest)).sum();
    return greatest + Math.log(sum / logs.size());
  }

  private double kernel(Domain domain, double point, double place) {
    if (domain.unordered()) {
      boolean same = domain.at(place).equals(domain.at(point));
      return (same ? 1 - spread : 0) + spread / domain.size();
    }
    double mass = normal((1 - point) / width) - normal(-point / width);
    if (domain.size() == Integer.MAX_VALUE) {
      double z = (place - point) / width;
      return Math.exp(-0.5 * z * z) / (width * Math.sqrt(2 * Math.PI)) / mass + Double.MIN_NORMAL;
    }
    // of the whole cell that stands for the value
    double cell = 1.0 / domain.size();
    double from = Math.floor(place / cell) * cell;
    double share = normal((from + cell - point) / width) - normal((from - point) / width);
    return share / mass + Double.MIN_NORMAL;
  }

  /**
   * The normal distribution function; wrong by at most 1e-7 (Abramowitz and Stegun 1964, 26.2.17).
   */
  static double normal(double z) {
    double t = 1 / (1 + 0.2316419 * Math.abs(z));
    double polynomial =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    double tail = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) * polynomial;
    return z >= 0 ? 1 - tail : tail;
  }
}
