package io.millrace.activities.train;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a trial's states from a thread of its own, so that training does not wait for the store.
 * One is written at a time; of those that come meanwhile only the newest waits. What a write threw
 * is thrown on the training thread, by whichever method it calls next.
 */
final class CheckpointWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);

  /**
   * Epochs of milliseconds would else keep the store busy for nothing: a second is little to lose.
   */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final Checkpoints checkpoints;
  private final Listener listener;
  private final long pauseNanos;
  private final Thread thread;

  // guarded by this
  private @Nullable Offer waiting;
  private boolean writing;
  private boolean hurried;
  private boolean closed;
  private @Nullable Throwable failure;
  private @Nullable String newest;

  /**
   * @param every how often states are wanted: writes begin no faster than that, or than once a
   *     second when that is less
   * @param listener is told on the writer's thread
   */
  CheckpointWriter(Checkpoints checkpoints, Duration every, Listener listener) {
    this.checkpoints = checkpoints;
    this.listener = listener;
    this.pauseNanos = (every.compareTo(LONGEST_PAUSE) < 0 ? every : LONGEST_PAUSE).toNanos();
    thread = Thread.ofPlatform().name("trial-checkpoints").daemon(true).start(this::write);
  }

  /** Is told of each state that became durable. */
  interface Listener {
    /**
     * @param key of its manifest
     * @param best the objective's best value then; null before the first epoch's end
     */
    void saved(String key, @Nullable Double best);
  }

  private record Offer(Checkpoint state, @Nullable Double best) {}

  /** Takes a state over; one that still waits is dropped for it. */
  synchronized void offer(Checkpoint state, @Nullable Double best) {
    check();
    waiting = new Offer(state, best);
    notifyAll();
  }

  /** Throws what a write threw, if one did. */
  synchronized void check() {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  /**
   * Waits until the state that was taken over last is durable.
   *
   * @return its key; null when there was none
   */
  synchronized @Nullable String flush() {
    boolean interrupted = false;
    hurried = true;
    notifyAll();
    while (failure == null && (waiting != null || writing)) {
      try {
        wait();
      } catch (InterruptedException e) {
        // the store's calls have timeouts: what is under way is worth the wait
        interrupted = true;
      }
    }
    hurried = false;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    check();
    return newest;
  }

  /** Writes what waits and ends the thread. Throws nothing: the trial has its own end by now. */
  @Override
  public void close() {
    try {
      flush();
    } catch (RuntimeException | Error e) {
      LOG.warn("the last checkpoint was not kept: {}", e.getMessage());
    }
    synchronized (this) {
      closed = true;
      notifyAll();
    }
  }

  private void write() {
    long began = System.nanoTime() - pauseNanos;
    for (Offer offer = next(began); offer != null; offer = next(began)) {
      began = System.nanoTime();
      String key = null;
      Throwable thrown = null;
      try {
        key = checkpoints.save(offer.state());
        // durable first, then told
        listener.saved(key, offer.best());
      } catch (RuntimeException | Error e) {
        // an Error too: training would else wait for ever for a state that nobody writes
        thrown = e;
      }
      done(key, thrown);
    }
  }

  private synchronized void done(@Nullable String key, @Nullable Throwable thrown) {
    writing = false;
    if (key != null) {
      newest = key;
    }
    failure = thrown;
    notifyAll();
  }

  /** Waits for a state, and for the pause since the last; null at the end. */
  private synchronized @Nullable Offer next(long began) {
    try {
      while (!closed && failure == null) {
        long left = began + pauseNanos - System.nanoTime();
        if (waiting == null) {
          wait();
        } else if (left > 0 && !hurried) {
          // one more millisecond: a wait of 0 would have no end
          wait(left / 1_000_000 + 1);
        } else {
          Offer offer = waiting;
          waiting = null;
          writing = true;
          return offer;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }
}
