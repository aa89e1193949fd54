package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.Calibration;
import io.millrace.workflows.port.deploy.DeployActivities.ErrorCounts;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Answers of one version and the labels that come for some of them. */
final class SimulatedAnswers {
  private static final int BINS = 20;

  /** Buckets of errors from -128 on. */
  private static final int ERRORS = 384;

  private final int version;
  private final double labels;
  private final double wrongRate;
  private final double spread;
  private final double doubt;
  private final @Nullable Double calibrationError;
  private final long[] errors = new long[ERRORS];
  private final long[] scores = new long[BINS];
  private long requests;
  private long labelled;
  private long wrong;

  private SimulatedAnswers(
      int version,
      double labels,
      double wrongRate,
      double spread,
      double doubt,
      @Nullable Double calibrationError) {
    this.version = version;
    this.labels = labels;
    this.wrongRate = wrongRate;
    this.spread = spread;
    this.doubt = doubt;
    this.calibrationError = calibrationError;
  }

  /**
   * @param labels share of the answers whose label comes
   */
  static SimulatedAnswers classes(int version, double labels, double wrongRate) {
    return new SimulatedAnswers(version, labels, wrongRate, 0, 0, null);
  }

  /**
   * @param spread standard deviation of a value's error
   */
  static SimulatedAnswers values(int version, double labels, double spread) {
    return new SimulatedAnswers(version, labels, 0, spread, 0, null);
  }

  /**
   * Without labels.
   *
   * @param doubt mean distance of the scores from 0 and 1, exponential
   */
  static SimulatedAnswers scores(int version, double doubt, double calibrationError) {
    return new SimulatedAnswers(version, 0, 0, 0, doubt, calibrationError);
  }

  /** So many answers more. */
  void serve(Random random, int more) {
    requests += more;
    for (int i = 0; i < more; i++) {
      if (doubt > 0) {
        double far = Math.min(0.5, -doubt * Math.log(1 - random.nextDouble()));
        double score = random.nextBoolean() ? far : 1 - far;
        scores[Math.min(BINS - 1, (int) (score * BINS))]++;
      }
      if (random.nextDouble() < labels) {
        labelled++;
        wrong += random.nextDouble() < wrongRate ? 1 : 0;
        if (spread > 0) {
          errors[ErrorBuckets.bucket(Math.abs(spread * random.nextGaussian())) + 128]++;
        }
      }
    }
  }

  VersionTraffic seen() {
    QualityCounts counts =
        spread > 0
            ? new QualityCounts(labelled, null, new ErrorCounts(-128, list(errors)), null)
            : new QualityCounts(
                labelled, wrong, null, doubt > 0 ? new Calibration(calibrationError, 0.5) : null);
    return new VersionTraffic(
        version, requests, 0, 1.0, 4.0, null, null, doubt > 0 ? list(scores) : null, counts);
  }

  private static List<Long> list(long[] counts) {
    List<Long> list = new ArrayList<>();
    for (long count : counts) {
      list.add(count);
    }
    return list;
  }
}
