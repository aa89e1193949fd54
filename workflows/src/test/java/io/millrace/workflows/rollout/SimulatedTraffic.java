package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Poisson traffic of one version, counted as a server counts it. */
final class SimulatedTraffic {
  private static final int BUCKETS = 192;
  private final int version;
  private final double errorRate;
  private final double[] latency;
  private final double[] scores;
  private long errors;
  private final long[] latencyCounts = new long[BUCKETS];
  private final long[] scoreCounts = new long[20];
  private long requests;

  /**
   * @param millis the median of a log-normal latency, whose p99 is some three times that
   * @param shift moves the scores up, in standard deviations
   */
  SimulatedTraffic(int version, double errorRate, double millis, double shift) {
    this.version = version;
    this.errorRate = errorRate;
    latency = new double[BUCKETS];
    double mu = Math.log(millis * 1_000) / Math.log(2) * 8;
    fill(latency, mu, 8 * 0.7, 0);
    scores = new double[20];
    fill(scores, 8 + 3 * shift, 3, 0);
  }

  private static void fill(double[] shares, double mean, double deviation, int from) {
    double sum = 0;
    for (int i = from; i < shares.length; i++) {
      double z = (i + 0.5 - mean) / deviation;
      shares[i] = Math.exp(-z * z / 2);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] = shares[i] / sum < 1e-6 ? 0 : shares[i] / sum;
    }
  }

  /** So many requests more, on average. */
  void serve(Random random, double mean) {
    for (int i = 0; i < BUCKETS; i++) {
      long count = poisson(random, mean * latency[i]);
      latencyCounts[i] += count;
      requests += count;
    }
    errors += poisson(random, mean * errorRate);
    errors = Math.min(errors, requests);
    for (int i = 0; i < scores.length; i++) {
      scoreCounts[i] += poisson(random, mean * (1 - errorRate) * scores[i]);
    }
  }

  VersionTraffic seen() {
    List<Long> counts = new ArrayList<>();
    for (long count : latencyCounts) {
      counts.add(count);
    }
    LatencyCounts latencies = new LatencyCounts(0, counts);
    List<Long> bins = new ArrayList<>();
    for (long count : scoreCounts) {
      bins.add(count);
    }
    return new VersionTraffic(
        version,
        requests,
        errors,
        requests == 0 ? null : LatencyBuckets.millis(latencies, 0.5),
        requests == 0 ? null : LatencyBuckets.millis(latencies, 0.99),
        null,
        latencies,
        bins);
  }

  private static long poisson(Random random, double mean) {
    if (mean <= 0) {
      return 0;
    }
    if (mean > 60) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    double product = random.nextDouble();
    long count = 0;
    while (product > limit) {
      product *= random.nextDouble();
      count++;
    }
    return count;
  }
}
