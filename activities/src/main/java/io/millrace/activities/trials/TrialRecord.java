package io.millrace.activities.trials;

import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that is kept of one trial.
 *
 * @param digest of what was asked without the run: a trial of a patched spec is another one
 * @param requests what was asked, by digest; more than one when a search paused it and let it go on
 * @param attempts in the order they started; of an earlier run first
 * @param result of the request that came furthest; null unless one finished
 */
public record TrialRecord(
    String digest,
    Map<String, TrialRequest> requests,
    List<TrialAttempt> attempts,
    @Nullable TrialResult result) {
  public TrialRecord {
    Checks.digest("digest", digest);
    requests = Map.copyOf(requests);
    if (requests.isEmpty()) {
      throw new IllegalArgumentException("requests: none (expected: at least one)");
    }
    attempts = Checks.list(attempts);
  }

  /** Where a trial stands. */
  public enum State {
    FINISHED,
    /** Stopped by the search before its own end; its result counts. */
    PAUSED,
    /** Between two nodes, or left there when its run ended. */
    INTERRUPTED,
    CANCELLED,
    DIVERGED,
    FAILED,
    /** No end is known: it is under way, or its node vanished and no attempt came after. */
    OPEN;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What was asked: number, candidate, seed and objective are the same in all of them. */
  public TrialRequest request() {
    return requests.values().iterator().next();
  }

  public int trial() {
    return request().trial();
  }

  public State state() {
    if (result != null) {
      return result.paused() ? State.PAUSED : State.FINISHED;
    }
    TrialAttempt.End end = attempts.isEmpty() ? null : attempts.getLast().end();
    return end == null
        ? State.OPEN
        : switch (end.how()) {
          case FINISHED -> State.FINISHED;
          case PAUSED -> State.PAUSED;
          case INTERRUPTED, LOST -> State.INTERRUPTED;
          case CANCELLED -> State.CANCELLED;
          case DIVERGED -> State.DIVERGED;
          case FAILED -> State.FAILED;
        };
  }

  /** The objective: of the packaged model, else the best that was measured; null for none. */
  public @Nullable Double objective() {
    String metric = request().objective().metric();
    if (result != null) {
      return result.validation().stream()
          .filter(m -> m.name().equals(metric))
          .map(Metric::value)
          .findFirst()
          .orElse(null);
    }
    boolean most = request().objective().maximise();
    return curve().stream()
        .map(TrialAttempt.Point::objective)
        .filter(Objects::nonNull)
        .reduce((a, b) -> (most ? a > b : a < b) ? a : b)
        .orElse(null);
  }

  /** Every epoch that an attempt finished, ascending; of one that was done twice the later. */
  public List<TrialAttempt.Point> curve() {
    Map<Integer, TrialAttempt.Point> byEpoch = new TreeMap<>();
    for (TrialAttempt attempt : attempts) {
      if (attempt.end() != null) {
        attempt.end().curve().forEach(point -> byEpoch.put(point.epoch(), point));
      }
    }
    return new ArrayList<>(byEpoch.values());
  }

  /** When the first attempt started; null before it. */
  public @Nullable Instant started() {
    return attempts.isEmpty() ? null : attempts.getFirst().started();
  }

  /** Time on nodes, all attempts whose end is known together. */
  public Duration worked() {
    Duration sum = Duration.ZERO;
    for (TrialAttempt attempt : attempts) {
      Duration one = attempt.worked();
      sum = one == null ? sum : sum.plus(one);
    }
    return sum;
  }

  /** Steps that were done more than once, as far as is known. */
  public long repeated() {
    return attempts.stream()
        .mapToLong(attempt -> attempt.origin() == null ? 0 : attempt.origin().repeated())
        .sum();
  }

  /** Attempts whose machine went away, told or not. */
  public long interruptions() {
    return attempts.stream()
        .map(TrialAttempt::end)
        .filter(Objects::nonNull)
        .filter(
            end -> end.how() == TrialAttempt.How.INTERRUPTED || end.how() == TrialAttempt.How.LOST)
        .count();
  }
}
