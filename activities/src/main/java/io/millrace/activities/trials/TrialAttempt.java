package io.millrace.activities.trials;

import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a trial.
 *
 * @param run whose attempt it was: an earlier one's when this run resumes it
 * @param seq 1, 2, … per run and request, as the journal counts
 * @param attempt of the activity, as Temporal counts; begins again after a suspension
 * @param origin null when it ended before it had read its data
 * @param end null while it works, and for ever when its node vanished and no attempt came after
 */
public record TrialAttempt(
    String run,
    long seq,
    int attempt,
    String node,
    Instant started,
    @Nullable Origin origin,
    @Nullable End end) {

  /** How an attempt ended. */
  public enum How {
    /** With a model. */
    FINISHED,
    /** With a model, before its own end: a search lets better trials go on first. */
    PAUSED,
    /** Its machine was taken or asked to stop; it wrote a checkpoint first. */
    INTERRUPTED,
    /** Its heartbeats stopped; told by the attempt that took over. */
    LOST,
    /** Its result was no longer wanted. */
    CANCELLED,
    /** A loss or a weight was no finite number. */
    DIVERGED,
    /** With any other failure. */
    FAILED
  }

  /**
   * Where an attempt began, and on what.
   *
   * @param checkpoint key of its manifest; null for the beginning
   * @param step updates done there; 0 for the beginning
   * @param reached the last step that is known of the attempts before; null when nothing is
   */
  public record Origin(
      int format,
      @Nullable String checkpoint,
      long step,
      @Nullable Long reached,
      Platform platform,
      Build build) {
    /** Steps that were done before and are done again, as far as is known. */
    public long repeated() {
      return reached == null ? 0 : Math.max(0, reached - step);
    }
  }

  /**
   * @param type of the failure, a {@code FailureType}; null when there was none of ours
   * @param reason a sentence
   * @param epoch under way at the end; null before the first step
   * @param step updates done at the end; of a lost attempt, when it was last heard; null for
   *     unknown
   * @param curve epochs it finished, at most {@value AttemptLog#POINTS}
   */
  public record End(
      int format,
      How how,
      @Nullable String type,
      String reason,
      Instant at,
      @Nullable Integer epoch,
      @Nullable Long step,
      List<Point> curve) {
    public End {
      curve = Checks.list(curve);
    }
  }

  /**
   * @param epoch 1, 2, …
   * @param objective on the validation split; null when it was not measured
   * @param loss mean training loss; null when it was no finite number
   */
  public record Point(int epoch, @Nullable Double objective, @Nullable Double loss) {}

  /** How long it worked; null while it does, and when nobody knows. */
  public @Nullable Duration worked() {
    return end == null || end.at().isBefore(started) ? null : Duration.between(started, end.at());
  }
}
