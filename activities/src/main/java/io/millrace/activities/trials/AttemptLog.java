package io.millrace.activities.trials;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialAttempt.End;
import io.millrace.activities.trials.TrialAttempt.How;
import io.millrace.activities.trials.TrialAttempt.Origin;
import io.millrace.activities.trials.TrialAttempt.Point;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.ActivityWorkerShutdownException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what an attempt at a trial did. The journal has noted its start already; beside the trial's
 * package this lays {@code runs/<runId>/trials/<n>/<digest>/{request.json, <seq>-origin.json,
 * <seq>-end.json}}, each created once. An attempt that could not write its end gets it from the one
 * that takes over. Outside a journaled activity nothing is kept.
 *
 * <p>For the training thread only.
 */
public final class AttemptLog {
  /** Epochs kept of one attempt's curve; of longer ones every second, fourth, … */
  static final int POINTS = 500;

  /** Of a failure's sentence. */
  private static final int CHARACTERS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(AttemptLog.class);
  private static final Pattern STEP = Pattern.compile("/(\\d+)/[^/]*$");

  private final ObjectStore store;
  private final String prefix;
  private final Journal.@Nullable Attempt attempt;
  private final Clock clock;
  private final @Nullable Long reached;
  private final List<Point> curve = new ArrayList<>();
  private boolean begun;
  private int stride = 1;
  private int epoch;
  private long step;
  private double lossSum;
  private long lossRows;

  private AttemptLog(
      ObjectStore store,
      TrialRequest request,
      Journal.@Nullable Attempt attempt,
      @Nullable TrialProgress heard,
      Clock clock) {
    this.store = store;
    this.attempt = attempt;
    this.clock = clock;
    if (attempt == null) {
      prefix = "";
      reached = null;
      return;
    }
    prefix = TrialKeys.trial(request.run().runId(), request.trial(), attempt.inputDigest());
    store.create(prefix + TrialKeys.REQUEST, TrialKeys.bytes(request));
    reached = takeOver(attempt, heard);
  }

  /**
   * Begins the log of the attempt the calling thread works on.
   *
   * @param heard the last heartbeat of the attempt before; null for none
   */
  public static AttemptLog open(
      ObjectStore store, TrialRequest request, @Nullable TrialProgress heard) {
    return new AttemptLog(store, request, Journal.attempt(), heard, Clock.systemUTC());
  }

  /** Tells of the attempts before what they could not, and finds how far they had come. */
  private @Nullable Long takeOver(Journal.Attempt mine, @Nullable TrialProgress heard) {
    Long far = heard == null ? null : heard.step();
    for (long seq = mine.seq() - 1; seq > 0; seq--) {
      String key = prefix + TrialKeys.attempt(seq, TrialKeys.END);
      End end = store.get(key).map(bytes -> TrialKeys.parse(key, bytes, End.class)).orElse(null);
      if (end == null) {
        // only the attempt just before can have sent that heartbeat
        TrialProgress last = seq == mine.seq() - 1 ? heard : null;
        end = lost(mine, last);
        store.create(key, TrialKeys.bytes(end));
      }
      Long its = end.step();
      far = its != null && (far == null || its > far) ? its : far;
    }
    return far;
  }

  private End lost(Journal.Attempt mine, @Nullable TrialProgress heard) {
    String after =
        heard == null
            ? "it was never heard of"
            : "it was last heard of in epoch " + heard.epoch() + stepText(heard.step());
    return new End(
        1,
        How.LOST,
        null,
        after + "; " + mine.node() + " took over",
        clock.instant(),
        heard == null ? null : heard.epoch(),
        heard == null ? null : heard.step(),
        List.of());
  }

  private static String stepText(@Nullable Long step) {
    return step == null ? "" : ", step " + step;
  }

  /**
   * The attempt goes on from here.
   *
   * @param checkpoint key of its manifest; null for the beginning
   */
  public void begun(@Nullable String checkpoint) {
    Matcher number = STEP.matcher(checkpoint == null ? "" : checkpoint);
    step = number.find() ? Long.parseLong(number.group(1)) : 0;
    if (attempt != null && !begun) {
      begun = true;
      store.create(
          prefix + TrialKeys.attempt(attempt.seq(), TrialKeys.ORIGIN),
          TrialKeys.bytes(
              new Origin(1, checkpoint, step, reached, Platform.current(), Build.current())));
    }
  }

  /** A step was done. */
  public void moved(int epochNow, int rows, double loss) {
    if (epochNow != epoch) {
      epoch = epochNow;
      lossSum = 0;
      lossRows = 0;
    }
    step++;
    lossSum += loss * rows;
    lossRows += rows;
  }

  /** The family's own count of updates done, which a call per step may have missed. */
  public void at(long stepNow) {
    step = stepNow;
  }

  /** The objective after the epoch under way. */
  public void measured(double value) {
    double loss = lossRows == 0 ? Double.NaN : lossSum / lossRows;
    if (epoch % stride == 0) {
      curve.add(
          new Point(
              epoch,
              Double.isFinite(value) ? Double.valueOf(value) : null,
              Double.isFinite(loss) ? Double.valueOf(loss) : null));
    }
    if (curve.size() > POINTS) {
      stride *= 2;
      curve.removeIf(point -> point.epoch() % stride != 0);
    }
  }

  /** Updates done, this attempt's and those it went on from. */
  public long step() {
    return step;
  }

  /** It ends with a model. */
  public void finished(TrialResult result) {
    step = result.steps();
    String best = "epoch " + result.bestEpoch() + " of " + result.epochs() + " was best";
    if (result.paused()) {
      end(How.PAUSED, null, best + "; the search lets others go on first");
    } else {
      end(How.FINISHED, null, best);
    }
  }

  /** It ends with a failure, which is the caller's to throw. */
  public void failed(Throwable failure) {
    FailureType type = Failures.typeOf(failure).orElse(null);
    if (failure instanceof ActivityWorkerShutdownException) {
      end(How.INTERRUPTED, null, "the node's worker was shut down");
    } else if (failure instanceof ActivityCompletionException || Failures.cancelled(failure)) {
      end(How.CANCELLED, null, "its result was no longer wanted");
    } else if (type == FailureType.SPOT_INTERRUPTED) {
      end(How.INTERRUPTED, type, Failures.sentence(failure));
    } else if (type == FailureType.TRAINING_DIVERGED) {
      end(How.DIVERGED, type, Failures.sentence(failure));
    } else {
      end(How.FAILED, type, Failures.sentence(failure));
    }
  }

  private void end(How how, @Nullable FailureType type, String reason) {
    if (attempt == null) {
      return;
    }
    Instant now = clock.instant();
    End end =
        new End(
            1,
            how,
            type == null ? null : type.name(),
            reason.length() <= CHARACTERS ? reason : reason.substring(0, CHARACTERS - 1) + "…",
            now,
            epoch == 0 ? null : Integer.valueOf(epoch),
            step,
            curve);
    try {
      if (!begun) {
        begun(null);
      }
      store.create(prefix + TrialKeys.attempt(attempt.seq(), TrialKeys.END), TrialKeys.bytes(end));
    } catch (RuntimeException e) {
      // what the attempt did stands, with or without its record
      LOG.warn("the end of attempt {} was not recorded: {}", attempt.seq(), e.getMessage());
    }
  }
}
