package io.millrace.workflows.ref;

import org.jspecify.annotations.Nullable;

/**
 * A measured number with its interval.
 *
 * @param name {@code roc-auc}, {@code log-loss}, {@code accuracy}, {@code f1}, {@code rmse}, …
 * @param value the estimate; finite
 * @param low lower end of the interval; null when none was computed
 * @param high upper end; null when none was computed
 * @param rows rows it was measured on
 */
public record Metric(
    String name, double value, @Nullable Double low, @Nullable Double high, long rows) {
  public Metric {
    Checks.present("name", name);
    Checks.finite("value", value);
  }
}
