package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import io.millrace.activities.train.Trial;
import java.util.ArrayList;
import java.util.List;

/**
 * The losses of an epoch's batches, read from the engine a few at a time: reading each would make
 * every step wait for its number. When they are read changes nothing about their sum.
 */
final class LossMeter {
  /** Batches that may be unread: bounds what is held, and how late a loss that is NaN is seen. */
  private static final int MOST = 64;

  /** Time that may pass unread: long steps are read one by one. */
  private static final long NANOS = 50_000_000;

  private final int epoch;
  private final List<NDArray> unread = new ArrayList<>();
  private final int[] rows = new int[MOST];
  private double sum;
  private double newest;
  private long step;
  private long readAt;

  /**
   * @param epoch 1, 2, …
   * @param step updates done before the next batch
   * @param sum over the epoch's batches that were read earlier
   */
  LossMeter(int epoch, long step, double sum) {
    this.epoch = epoch;
    this.step = step;
    this.sum = sum;
    // the first one is read at once
    readAt = System.nanoTime() - NANOS;
  }

  /**
   * Takes over a batch's mean loss.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code TRAINING_DIVERGED} when a loss was read
   *     that is no finite number; says its step
   */
  void add(NDArray loss, int batchRows) {
    rows[unread.size()] = batchRows;
    unread.add(loss);
    if (unread.size() == MOST || System.nanoTime() - readAt >= NANOS) {
      read();
    }
  }

  /** Reads what is unread; throws as {@link #add}. */
  void read() {
    for (int i = 0; i < unread.size(); i++) {
      step++;
      try (NDArray loss = unread.get(i)) {
        newest = NetDevice.floats(loss)[0];
      }
      if (!Double.isFinite(newest)) {
        throw Trial.diverged("loss", epoch, step);
      }
      sum += newest * rows[i];
    }
    unread.clear();
    readAt = System.nanoTime();
  }

  /** Each loss that was read times its rows, summed. */
  double sum() {
    return sum;
  }

  /** The loss that was read last; 0 before the first. */
  double newest() {
    return newest;
  }
}
