package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a forecast may know of the past. Everything is counted in steps, the regular distance of two
 * rows of one series.
 *
 * @param horizon how many steps ahead is forecast: the newest value known is that old, >= 1
 * @param lags ages of the values that become features, each >= {@code horizon}
 * @param period steps after which the pattern comes again: 24 for hours of days, 7 for days of
 *     weeks
 * @param series the column that names one of several series; null when there is one
 * @param step the distance of two rows; null takes the one most rows have
 * @param calendar whether hour, weekday and month become features, as far as the step lets them
 *     differ
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ForecastSpec(
    int horizon,
    List<Integer> lags,
    int period,
    @Nullable String series,
    @Nullable Duration step,
    boolean calendar) {
  public ForecastSpec {
    lags = Checks.list(lags);
  }

  /**
   * Age of the value that the seasonal-naive forecast repeats: the newest one of the same season
   * that is known.
   */
  public int naive() {
    return period * Math.ceilDiv(horizon, period);
  }
}
