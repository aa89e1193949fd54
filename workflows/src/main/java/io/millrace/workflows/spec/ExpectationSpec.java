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
 * rules: {@code rows}, {@code sql}, {@code nulls} (of a column), {@code history}.
 *
 * @param range two numbers, both inclusive; null elements leave an end open
 * @param set the allowed values, as text
 * @param rows least and greatest number of rows
 * @param freshness greatest age of the newest value of {@code column} (a time)
 * @param sql a condition over the columns, true for a good row
 * @param maxDropped greatest share of rows a {@code drop} rule may take, 0..1; more blocks
 * @param nulls greatest share of rows without a value, 0..1
 * @param history what the table may differ by from the versions before
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
    double maxDropped,
    @Nullable Double nulls,
    @Nullable History history) {
  /** Without rules of later date. */
  public ExpectationSpec(
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
    this(
        column,
        notNull,
        unique,
        range,
        set,
        regex,
        rows,
        freshness,
        sql,
        onBreak,
        maxDropped,
        null,
        null);
  }

  /** What happens to rows, or the run, that break the rule. */
  public enum OnBreak {
    @JsonProperty("block")
    BLOCK,
    @JsonProperty("drop")
    DROP,
    @JsonProperty("warn")
    WARN
  }

  /**
   * Rows, missing values and different values against what the last versions had.
   *
   * @param last how many versions at most; null is 5
   * @param change how far below the least or above the greatest of them, as a share; null is 0.5
   */
  public record History(@Nullable Integer last, @Nullable Double change) {
    /** Versions that are looked at. */
    public int versions() {
      return last == null ? 5 : last;
    }

    /** The share. */
    public double allowed() {
      return change == null ? 0.5 : change;
    }
  }

  /** Inclusive; null leaves an end open. */
  public record Bounds(@Nullable Long min, @Nullable Long max) {}
}
