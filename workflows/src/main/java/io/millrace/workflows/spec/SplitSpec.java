package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * How rows are divided into train, validation and test.
 *
 * @param column the time or group column; null for stratified and random
 * @param test share of rows, 0..1
 * @param validation share of rows, 0..1
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record SplitSpec(
    Kind kind, @Nullable String column, double test, double validation, long seed) {
  /** How rows are chosen. */
  public enum Kind {
    @JsonProperty("stratified")
    STRATIFIED,
    @JsonProperty("random")
    RANDOM,
    @JsonProperty("time")
    TIME,
    @JsonProperty("group")
    GROUP
  }
}
