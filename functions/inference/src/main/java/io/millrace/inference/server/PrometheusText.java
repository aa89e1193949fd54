package io.millrace.inference.server;

import java.math.BigDecimal;

/** Writes metrics in Prometheus' text format 0.0.4, a family after the other. */
final class PrometheusText {
  private final StringBuilder out = new StringBuilder(8_192);
  private String name = "";

  /** Begins a family. */
  PrometheusText family(String name, String type, String help) {
    this.name = name;
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /**
   * @param labels name, value, name, value, …; values without quotes, backslashes and line ends
   */
  void whole(long value, String... labels) {
    line("", labels).append(value).append('\n');
  }

  void number(double value, String... labels) {
    line("", labels).append(value).append('\n');
  }

  /** A histogram: one count more than bounds. */
  void histogram(double[] bounds, long[] counts, double sum, String... labels) {
    long below = 0;
    String[] bucket = java.util.Arrays.copyOf(labels, labels.length + 2);
    bucket[labels.length] = "le";
    for (int i = 0; i < counts.length; i++) {
      below += counts[i];
      bucket[labels.length + 1] = i < bounds.length ? plain(bounds[i]) : "+Inf";
      line("_bucket", bucket).append(below).append('\n');
    }
    line("_sum", labels).append(sum).append('\n');
    line("_count", labels).append(below).append('\n');
  }

  void histogram(Buckets buckets, String... labels) {
    histogram(buckets.bounds(), buckets.counts(), buckets.sum(), labels);
  }

  private static String plain(double bound) {
    return new BigDecimal(Double.toString(bound)).stripTrailingZeros().toPlainString();
  }

  private StringBuilder line(String suffix, String... labels) {
    out.append(name).append(suffix);
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? "{" : ",").append(labels[i]).append("=\"");
      out.append(labels[i + 1]).append('"');
    }
    return out.append(labels.length > 0 ? "} " : " ");
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
