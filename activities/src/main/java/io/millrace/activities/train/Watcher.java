package io.millrace.activities.train;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;

/** Looks on for a trial: tells progress, saves when it is time, ends it when asked. */
final class Watcher implements TrainingLoop.Watch {
  private final ProgressBoard board;
  private final CheckpointStore checkpoints;
  private final long everyNanos;
  private final Interruption interruption;
  private long savedNanos = System.nanoTime();

  Watcher(
      ProgressBoard board, CheckpointStore checkpoints, Duration every, Interruption interruption) {
    this.board = board;
    this.checkpoints = checkpoints;
    this.everyNanos = every.toNanos();
    this.interruption = interruption;
  }

  @Override
  public boolean moved(int epoch, int batch, int batches, int rows, double loss) {
    board.check();
    board.moved(epoch, (double) batch / batches, rows, loss);
    return interruption.requested() || System.nanoTime() - savedNanos >= everyNanos;
  }

  /** Durable first, then told. */
  @Override
  public void save(TrainingState state) {
    String key = checkpoints.save(state);
    savedNanos = System.nanoTime();
    board.saved(key, state.cursor().bestValue());
    if (interruption.requested()) {
      throw Failures.of(
          FailureType.SPOT_INTERRUPTED,
          "node: asked to stop at step "
              + state.cursor().step()
              + " (expected: nothing, the next node resumes)",
          key);
    }
  }
}
