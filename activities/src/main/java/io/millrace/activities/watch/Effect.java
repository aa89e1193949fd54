package io.millrace.activities.watch;

/**
 * How far apart a column is from what it was, beside whether it differs at all.
 *
 * @param measure {@code wasserstein}, {@code jensen-shannon}, {@code ks}, {@code cramers-v} or
 *     {@code psi}
 * @param value 0 or more; finite
 * @param threshold from which it counts
 */
record Effect(String measure, double value, double threshold) {
  static final String WASSERSTEIN = "wasserstein";
  static final String JENSEN_SHANNON = "jensen-shannon";
  static final String KS = "ks";
  static final String CRAMERS_V = "cramers-v";
  static final String PSI = "psi";

  /** Nothing to compare. */
  static Effect none(String measure, double threshold) {
    return new Effect(measure, 0, threshold);
  }

  boolean matters() {
    return value > 0 && value >= threshold;
  }

  /** As a sentence names the measure. */
  String words() {
    return switch (measure) {
      case WASSERSTEIN -> "Wasserstein";
      case JENSEN_SHANNON -> "Jensen-Shannon";
      case CRAMERS_V -> "Cramér's V";
      case KS -> "D";
      default -> "PSI";
    };
  }

  /** What it is over the threshold; columns are ranked by it. */
  double times() {
    return threshold > 0 ? value / threshold : value;
  }
}
