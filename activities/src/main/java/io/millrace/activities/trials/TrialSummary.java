package io.millrace.activities.trials;

import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A trial for people and programs: what {@code report.json} and {@code trials --json} hold of it.
 *
 * @param state as a word
 * @param metric the objective
 * @param value of the objective on the validation split; null when it was never measured
 * @param metrics every metric of the packaged model; empty without one
 * @param epochs done; null when nobody knows
 * @param bestEpoch whose weights were packaged; null without a package
 * @param weights numbers in the model; null without one
 * @param model prefix of the package in the store; null without one
 * @param digest of the package; null without one
 * @param seconds on nodes, all attempts whose end is known together
 * @param repeated steps that were done more than once, as far as is known
 */
public record TrialSummary(
    int trial,
    String family,
    Map<String, Object> parameters,
    long seed,
    String state,
    String metric,
    @Nullable Double value,
    List<Metric> metrics,
    @Nullable Integer epochs,
    @Nullable Integer bestEpoch,
    @Nullable Long steps,
    @Nullable Long weights,
    @Nullable String model,
    @Nullable String digest,
    double seconds,
    long interruptions,
    long repeated,
    List<Attempt> attempts) {
  public TrialSummary {
    // kept in the order of their names
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    metrics = Checks.list(metrics);
    attempts = Checks.list(attempts);
  }

  /**
   * @param from step it went on from; null when it ended before it began
   * @param repeated steps it did again; null when it ended before it began
   * @param how it ended, as a word; {@code open} when no end is known
   * @param reason null when no end is known
   */
  public record Attempt(
      String run,
      String node,
      int attempt,
      Instant started,
      @Nullable Double seconds,
      @Nullable Long from,
      @Nullable Long repeated,
      String how,
      @Nullable String type,
      @Nullable String reason,
      @Nullable Long step) {}

  /** {@code dropout 0.1, learning-rate 0.004169}: four significant digits are enough to read. */
  public String words() {
    return parameters.entrySet().stream()
        .map(each -> each.getKey() + " " + word(each.getValue()))
        .collect(Collectors.joining(", "));
  }

  /**
   * Its share of what all nodes cost, idle and starting ones too, by its time on them.
   *
   * @param all trials of the run
   */
  public double costOf(double total, List<TrialSummary> all) {
    double together = all.stream().mapToDouble(TrialSummary::seconds).sum();
    return together <= 0 ? 0 : total * seconds / together;
  }

  private static String word(Object value) {
    return value instanceof Double number && Double.isFinite(number)
        ? new BigDecimal(number).round(new MathContext(4)).stripTrailingZeros().toPlainString()
        : String.valueOf(value);
  }

  /** Of a trial that has a result and no record. */
  public static TrialSummary of(TrialResult result, long seed, String metric) {
    return new TrialSummary(
        result.trial(),
        result.family(),
        result.candidate().parameters(),
        seed,
        (result.paused() ? TrialRecord.State.PAUSED : TrialRecord.State.FINISHED).word(),
        metric,
        result.validation().stream()
            .filter(m -> m.name().equals(metric))
            .map(Metric::value)
            .findFirst()
            .orElse(null),
        result.validation(),
        result.epochs(),
        result.bestEpoch(),
        result.steps(),
        result.parameters(),
        result.model().prefix(),
        result.model().digest(),
        0,
        0,
        0,
        List.of());
  }

  public static TrialSummary of(TrialRecord record) {
    TrialRequest request = record.request();
    TrialResult result = record.result();
    TrialAttempt.End end = record.attempts().isEmpty() ? null : record.attempts().getLast().end();
    return new TrialSummary(
        record.trial(),
        request.candidate().family(),
        request.candidate().parameters(),
        request.seed(),
        record.state().word(),
        request.objective().metric(),
        record.objective(),
        result == null ? List.of() : result.validation(),
        result != null ? Integer.valueOf(result.epochs()) : end == null ? null : end.epoch(),
        result == null ? null : result.bestEpoch(),
        result != null ? Long.valueOf(result.steps()) : end == null ? null : end.step(),
        result == null ? null : result.parameters(),
        result == null ? null : result.model().prefix(),
        result == null ? null : result.model().digest(),
        record.worked().toMillis() / 1000.0,
        record.interruptions(),
        record.repeated(),
        record.attempts().stream().map(TrialSummary::of).toList());
  }

  private static Attempt of(TrialAttempt attempt) {
    TrialAttempt.Origin origin = attempt.origin();
    TrialAttempt.End end = attempt.end();
    Duration worked = attempt.worked();
    return new Attempt(
        attempt.run(),
        attempt.node(),
        attempt.attempt(),
        attempt.started(),
        worked == null ? null : worked.toMillis() / 1000.0,
        origin == null ? null : origin.step(),
        origin == null ? null : origin.repeated(),
        end == null ? "open" : end.how().name().toLowerCase(Locale.ROOT),
        end == null ? null : end.type(),
        end == null ? null : end.reason(),
        end == null ? null : end.step());
  }
}
