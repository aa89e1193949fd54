package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is learned. */
public enum Task {
  @JsonProperty("binary")
  BINARY,
  @JsonProperty("multiclass")
  MULTICLASS,
  @JsonProperty("regression")
  REGRESSION;

  /** As the spec writes it. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
