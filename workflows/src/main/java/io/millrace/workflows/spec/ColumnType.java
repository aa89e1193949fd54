package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Declared type of a column. */
public enum ColumnType {
  @JsonProperty("number")
  NUMBER,
  @JsonProperty("category")
  CATEGORY
}
