package io.millrace.activities.train.net;

/** One layer of a feed-forward net. */
public sealed interface Layer {
  /** {@code x W^T + b}. */
  record Dense(int units) implements Layer {}

  /** {@code max(0, x)}. */
  record Relu() implements Layer {}

  /**
   * While training only: zeroes an input with this chance and scales the others up.
   *
   * @param rate 0..1, exclusive of 1
   */
  record Dropout(double rate) implements Layer {}
}
