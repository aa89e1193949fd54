package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A declared rule on the data; exactly one of the rule fields is set. Column rules: {@code
 * notNull}, {@code unique}, {@code range}, {@code set}, {@code regex}, {@code freshness}; table
 * rules: {@code rows}, {@code sql}.
 *
 * @param range two numbers, both inclusive; null elements leave an end open
 * @param set the allowed values, as text
 * @param rows least and greatest number of rows
 * @param freshness greatest age of the newest value of {@code column} (a time)
 * @param sql a condition over the columns, true for a good row
 * @param maxDropped greatest share of rows a {@code drop} rule may take, 0..1; more blocks
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ExpectationSpec(
    @Nullable String column,
    @Nullable Boolean notNull,
    @Nullable Boolean unique,
    @Nullable List<@Nullable Double> range,
    @Nullable List<String> set,
    @Nullable String regex,
    @Nullable Bounds rows,
    @Nullable Duration freshness,
    @Nullable String sql,
    OnBreak onBreak,
    double maxDropped) {
  /** What happens to rows, or the run, that break the rule. */
  public enum OnBreak {
    @JsonProperty("block")
    BLOCK,
    @JsonProperty("drop")
    DROP,
    @JsonProperty("warn")
    WARN
  }

  /** Inclusive; null leaves an end open. */
  public record Bounds(@Nullable Long min, @Nullable Long max) {}
}
