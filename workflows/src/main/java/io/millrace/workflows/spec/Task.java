package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What is learned. Three tasks say what a score is: a probability ({@code binary}), a probability
 * per class ({@code multiclass}), a value ({@code regression}). The others are one of those with
 * data of a kind, and {@link #scored} says which: packages, runtime, gates and endpoints know the
 * three only.
 */
public enum Task {
  @JsonProperty("binary")
  BINARY,
  @JsonProperty("multiclass")
  MULTICLASS,
  @JsonProperty("regression")
  REGRESSION,
  /** The value some steps ahead, from values before and the calendar. */
  @JsonProperty("forecast")
  FORECAST,
  /** The rating a user gives an item; ratings order the items of a user. */
  @JsonProperty("recommend")
  RECOMMEND,
  /** The class of a picture, given as its pixels. */
  @JsonProperty("image")
  IMAGE;

  /** As the spec writes it. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** What a score of it is: {@link #BINARY}, {@link #MULTICLASS} or {@link #REGRESSION}. */
  public Task scored() {
    return switch (this) {
      case BINARY, MULTICLASS, REGRESSION -> this;
      case IMAGE -> MULTICLASS;
      case FORECAST, RECOMMEND -> REGRESSION;
    };
  }
}
