package io.millrace.activities.train;

import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a trial is doing, told to a receiver each second from a thread of its own, so that reading
 * data and slow stores do not look like death. When the receiver throws (that is how Temporal says
 * "cancelled"), {@link #check} throws the same on the training thread.
 */
final class ProgressBoard implements AutoCloseable {
  private static final long PERIOD_MILLIS = 1000;

  private final int trial;
  private final String family;
  private final String node;
  private final Consumer<TrialProgress> receiver;
  private final Thread teller;
  private volatile boolean closed;
  private volatile @Nullable RuntimeException ended;

  // written by the training thread, read by the teller
  private volatile int maxEpochs;
  private volatile int epoch = 1;
  private volatile double epochs;
  private volatile double loss;
  private volatile @Nullable Double best;
  private volatile @Nullable String checkpoint;
  private volatile long rows;
  private volatile long step;

  // the teller's own
  private long rowsBefore;
  private double epochsBefore = -1;
  private long nanosBefore = System.nanoTime();
  private double rowsPerSecond;
  private double epochsPerSecond;

  ProgressBoard(
      int trial, String family, String node, int maxEpochs, Consumer<TrialProgress> receiver) {
    this.trial = trial;
    this.family = family;
    this.node = node;
    this.maxEpochs = maxEpochs;
    this.receiver = receiver;
    teller = Thread.ofPlatform().name("trial-progress").daemon(true).start(this::tell);
  }

  /** After a batch. @param done of the epoch, 0..1 @param stepNow updates done */
  void moved(int epochNow, double done, int rowsMore, double lossNow, long stepNow) {
    step = stepNow;
    epoch = epochNow;
    epochs = epochNow - 1 + done;
    loss = lossNow;
    rows = rows + rowsMore;
  }

  /** What a share of the work is a share of. */
  void plan(int epochsPlanned) {
    maxEpochs = epochsPlanned;
  }

  /** After the objective was measured. */
  void measured(double bestNow) {
    best = bestNow;
  }

  /** After a checkpoint became durable. */
  void saved(String key, @Nullable Double bestNow) {
    checkpoint = key;
    best = bestNow;
  }

  /** Epochs done, the one under way by its share; 0 before training begins. */
  double epochs() {
    return epochs;
  }

  /** Throws what the receiver threw, if it did. */
  void check() {
    RuntimeException thrown = ended;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public void close() {
    closed = true;
    teller.interrupt();
    try {
      teller.join(PERIOD_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell() {
    while (!closed && ended == null) {
      try {
        receiver.accept(progress());
        Thread.sleep(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        break;
      } catch (RuntimeException e) {
        ended = e;
      }
    }
    if (ended == null) {
      // a trial shorter than the period would be known by its beginning only
      try {
        receiver.accept(progress());
      } catch (RuntimeException e) {
        ended = e;
      }
    }
  }

  private TrialProgress progress() {
    long now = System.nanoTime();
    double seconds = Math.max(1e-3, (now - nanosBefore) / 1e9);
    long rowsNow = rows;
    double epochsNow = epochs;
    if (epochsBefore >= 0 && rowsNow > rowsBefore) {
      // smoothed over about three seconds: a bar that jumps tells nothing
      rowsPerSecond = smooth(rowsPerSecond, (rowsNow - rowsBefore) / seconds);
      epochsPerSecond = smooth(epochsPerSecond, (epochsNow - epochsBefore) / seconds);
    }
    rowsBefore = rowsNow;
    epochsBefore = epochsNow;
    nanosBefore = now;
    return new TrialProgress(
        trial,
        family,
        epoch,
        Math.min(1, epochsNow / maxEpochs),
        loss,
        best,
        rowsPerSecond,
        epochsPerSecond > 0 ? (maxEpochs - epochsNow) / epochsPerSecond : null,
        checkpoint,
        node,
        step);
  }

  private static double smooth(double before, double now) {
    return before == 0 ? now : 0.7 * before + 0.3 * now;
  }
}
