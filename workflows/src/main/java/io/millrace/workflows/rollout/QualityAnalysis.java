package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.Calibration;
import io.millrace.workflows.port.deploy.DeployActivities.ErrorCounts;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges how right the new version's answers are, over all stages of a rollout: by the labels that
 * have come, and where there are too few, for binary models with calibrated scores, by what the
 * scores themselves say. Each of the two gets half of the rule's chance of a false alarm.
 *
 * <p>Labels are compared as two samples ({@link Evidence#pooled}) even while both versions serve:
 * an entity counts once a version however often it was asked about, so the share of labelled rows
 * is not the share of traffic, which {@link Evidence#split} would take for granted.
 */
final class QualityAnalysis {
  /** Labelled rows of either version that say something. */
  static final int LEAST = 30;

  /** Classes: one percentage point more wrong answers matters. */
  private static final double MARGIN = 0.01;

  /** Values: a tenth more absolute error matters. */
  private static final double ERROR_FACTOR = 1.1;

  /** Labelled rows of the old version that say what far off is. */
  private static final int LEARNED = 200;

  /** Far off is what nine in ten of the old version's rows were not. */
  private static final double FAR = 0.9;

  /** Expected calibration error up to which scores are taken at their word. */
  private static final double CALIBRATED = 0.05;

  /** A score counts as the middle of its bin, so two estimates may differ by a bin for nothing. */
  private static final double ESTIMATE_MARGIN = MARGIN + 0.05;

  private static final double HALF_OF_ALPHA = StrictMath.log(2);

  private @Nullable Integer limit;
  private long farBefore;
  private long before;

  /**
   * @param sentence what is wrong, or, where nothing is, what was seen
   */
  record Finding(boolean broken, String sentence) {}

  /**
   * @param old the old version's traffic for the estimate; null when it was not seen
   * @param others how right the old version was since the first stage began
   * @param share of the new version among the requests; 1 when the old version has none
   * @param enough evidence, as {@link Evidence} counts it
   */
  Finding look(
      VersionTraffic fresh,
      @Nullable VersionTraffic old,
      @Nullable QualityCounts others,
      double share,
      double enough) {
    QualityCounts mine = fresh.quality();
    if (mine == null || others == null) {
      return new Finding(false, "quality not judged: it cannot be seen");
    }
    if (mine.errors() != null && others.errors() != null) {
      Finding values = values(mine.errors(), others.errors(), enough + HALF_OF_ALPHA);
      if (values != null) {
        return values;
      }
    }
    if (mine.labelled() >= LEAST
        && others.labelled() >= LEAST
        && mine.wrong() != null
        && others.wrong() != null) {
      return classes(mine, mine.wrong(), others, others.wrong(), enough + HALF_OF_ALPHA);
    }
    return estimate(fresh, old, mine, others, share, enough + HALF_OF_ALPHA);
  }

  private static Finding classes(
      QualityCounts mine, long wrong, QualityCounts others, long othersWrong, double enough) {
    double n = mine.labelled();
    double m = others.labelled();
    String seen =
        text(
            "quality: %d of %.0f labelled rows wrong, the old version %d of %.0f",
            wrong, n, othersWrong, m);
    boolean worse = wrong / n >= othersWrong / m + MARGIN;
    double evidence =
        Evidence.pooled(
            new double[] {wrong, n - wrong}, new double[] {othersWrong, m - othersWrong});
    return worse && evidence >= enough
        ? new Finding(true, seen + " (expected: no more often)")
        : new Finding(false, seen);
  }

  /** Null while it is not known what far off is. */
  private @Nullable Finding values(ErrorCounts mine, ErrorCounts others, double enough) {
    if (limit == null) {
      if (ErrorBuckets.total(others) < LEARNED) {
        return null;
      }
      // what the limit was learned from cannot be held against it
      limit = ErrorBuckets.quantile(others, FAR);
      farBefore = ErrorBuckets.above(others, limit);
      before = ErrorBuckets.total(others);
    }
    double n = ErrorBuckets.total(mine);
    double m = Math.max(0, ErrorBuckets.total(others) - before);
    if (n < LEAST || m < LEAST) {
      return null;
    }
    double k = ErrorBuckets.above(mine, limit);
    double l = Math.min(m, Math.max(0, ErrorBuckets.above(others, limit) - farBefore));
    double off = ErrorBuckets.mean(mine);
    double othersOff = ErrorBuckets.mean(others);
    String seen =
        text(
            "quality: %.0f labelled rows are off by %.3g on average, the old version's %.0f by"
                + " %.3g",
            n, off, m + before, othersOff);
    boolean worse = k / n > l / m && off >= ERROR_FACTOR * othersOff;
    return worse && Evidence.pooled(new double[] {k, n - k}, new double[] {l, m - l}) >= enough
        ? new Finding(
            true,
            seen
                + text(
                    "; %.0f of them by more than %.3g, the old version %.0f of %.0f (expected: no"
                        + " more often)",
                    k, ErrorBuckets.end(limit), l, m))
        : new Finding(false, seen);
  }

  /**
   * Confidence-based performance estimation: of a row with the calibrated score {@code p} the
   * answer is wrong with the chance {@code 1 - p}, or {@code p} below the threshold, where the
   * other class is answered.
   */
  private static Finding estimate(
      VersionTraffic fresh,
      @Nullable VersionTraffic old,
      QualityCounts mine,
      QualityCounts others,
      double share,
      double enough) {
    String few =
        text("labels for %d rows, the old version's for %d", mine.labelled(), others.labelled());
    Calibration own = mine.calibration();
    Calibration theirs = others.calibration();
    if (own == null || theirs == null) {
      return new Finding(false, "quality not judged: " + few);
    }
    Double error = own.error();
    Double othersError = theirs.error();
    if (error == null || othersError == null || Math.max(error, othersError) > CALIBRATED) {
      String worst =
          error == null || othersError == null
              ? "calibration not measured"
              : text("calibration error %.3f", Math.max(error, othersError));
      return new Finding(
          false,
          text(
              "quality not judged: %s, and the scores are not trustworthy (%s, expected: at most"
                  + " %.2f)",
              few, worst, CALIBRATED));
    }
    if (old == null
        || fresh.scores() == null
        || old.scores() == null
        || fresh.requests() < SequentialAnalysis.LEAST_SAMPLE
        || old.requests() < SequentialAnalysis.LEAST_SAMPLE) {
      return new Finding(false, "quality not judged: " + few + ", and too few scores");
    }
    Confidence a = new Confidence(SequentialAnalysis.counts(fresh), own.threshold());
    Confidence b = new Confidence(SequentialAnalysis.counts(old), theirs.threshold());
    String seen =
        text(
            "quality: by its scores %.1f %% wrong, the old version %.1f %%, with %s",
            100 * a.wrong(), 100 * b.wrong(), few);
    double noise = 2 * Math.sqrt(a.variance() / fresh.requests() + b.variance() / old.requests());
    // an expected calibration error bounds how far the mean of the scores is off
    double least = a.wrong() - b.wrong() - noise - error - othersError;
    return least >= ESTIMATE_MARGIN && evidence(a, b, fresh, old, share) >= enough
        ? new Finding(true, seen + " (expected: no more often)")
        : new Finding(false, seen);
  }

  private static double evidence(
      Confidence a, Confidence b, VersionTraffic fresh, VersionTraffic old, double share) {
    TreeMap<Long, double[]> kinds = new TreeMap<>();
    a.rows.forEach((kind, rows) -> kinds.computeIfAbsent(kind, k -> new double[2])[0] = rows);
    b.rows.forEach((kind, rows) -> kinds.computeIfAbsent(kind, k -> new double[2])[1] = rows);
    double[] mine =
        SequentialAnalysis.scaled(
            kinds.values().stream().mapToDouble(both -> both[0]).toArray(), fresh.requests());
    double[] others =
        SequentialAnalysis.scaled(
            kinds.values().stream().mapToDouble(both -> both[1]).toArray(), old.requests());
    return share < 1
        ? Evidence.split(mine, others, share, SequentialAnalysis.DISTRIBUTIONS)
        : Evidence.pooled(mine, others);
  }

  /** Rows by the chance that their answer is wrong. */
  private static final class Confidence {
    private final Map<Long, Double> rows = new TreeMap<>();
    private double sum;
    private double weighted;
    private double squares;

    Confidence(double[] counts, double threshold) {
      for (int i = 0; i < counts.length; i++) {
        double score = (i + 0.5) / counts.length;
        double wrong = score >= threshold ? 1 - score : score;
        rows.merge(Math.round(wrong * 2 * counts.length), counts[i], Double::sum);
        sum += counts[i];
        weighted += counts[i] * wrong;
        squares += counts[i] * wrong * wrong;
      }
    }

    double wrong() {
      return weighted / sum;
    }

    double variance() {
      return Math.max(0, squares / sum - wrong() * wrong());
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
