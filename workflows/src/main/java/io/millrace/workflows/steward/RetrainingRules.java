package io.millrace.workflows.steward;

import static java.time.temporal.ChronoUnit.SECONDS;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.steward.StewardState.Spent;
import io.millrace.workflows.steward.StewardState.Tally;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether a check is a reason to train again, and whether the model's rules allow it now. */
final class RetrainingRules {
  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration WEEK = Duration.ofDays(7);

  /** A retraining costs about that much time; a cooldown of none is still patient with failure. */
  private static final Duration LEAST = Duration.ofHours(1);

  /** 32 times the cooldown at most. */
  private static final int DOUBLINGS = 5;

  private static final String DRIFT = "drift";
  private static final String QUALITY = "quality";

  private RetrainingRules() {}

  /**
   * @param cause {@code drift}, {@code quality}, {@code age} or {@code rows}; null when there is
   *     none
   * @param refusal why it is not done though there is a cause; null when it is done
   */
  record Decision(@Nullable String cause, @Nullable String refusal) {
    boolean retrain() {
      return cause != null && refusal == null;
    }
  }

  /**
   * As release 0.1.0 decided, for histories that began with it.
   *
   * @param earlier when the automatic retrainings began
   */
  static Decision decide(
      RetrainingSpec rules, List<Instant> earlier, DriftSummary seen, Instant now) {
    String cause = null;
    if (seen.qualityBroken() && rules.on().contains("quality")) {
      cause = "quality";
    } else if (seen.drifted() && rules.on().contains("drift")) {
      cause = "drift";
    }
    if (cause == null) {
      return new Decision(null, null);
    }
    Instant last = earlier.stream().max(Instant::compareTo).orElse(null);
    if (last != null && now.isBefore(last.plus(rules.cooldown()))) {
      return new Decision(
          cause, "the cooldown to end at " + last.plus(rules.cooldown()).truncatedTo(SECONDS));
    }
    if (recent(earlier, now).size() >= rules.perMonth()) {
      return new Decision(
          cause, "the budget of " + rules.perMonth() + " retrainings in 30 days to free up");
    }
    return new Decision(cause, null);
  }

  /**
   * The same with everything a spec may say since release 0.2.
   *
   * @param earlier when the automatic retrainings began
   * @param tally with what this check saw
   */
  static Decision decide(
      RetrainingSpec rules, List<Instant> earlier, Tally tally, DriftSummary seen, Instant now) {
    String cause = cause(rules, seen);
    if (cause == null) {
      return new Decision(null, null);
    }
    Instant last = earlier.stream().max(Instant::compareTo).orElse(null);
    return new Decision(cause, refusal(rules, earlier, last, tally, cause, seen, now));
  }

  private static @Nullable String refusal(
      RetrainingSpec rules,
      List<Instant> earlier,
      @Nullable Instant last,
      Tally tally,
      String cause,
      DriftSummary seen,
      Instant now) {
    boolean observed = cause.equals(QUALITY) || cause.equals(DRIFT);
    if (observed && last != null && !seen.at().isAfter(last)) {
      // an alarm about what the last retraining was begun for already
      return "a check of what came after the retraining of " + last.truncatedTo(SECONDS);
    }
    Debounce debounce = rules.debounce() == null ? Debounce.NONE : rules.debounce();
    long hits = hits(tally.seen(), debounce.of());
    if (observed && hits < debounce.hits()) {
      return "%s in %s checks, %d so far".formatted(cause, debounce.words(), hits);
    }
    if (last != null && now.isBefore(last.plus(patience(rules, tally)))) {
      String fruitless =
          tally.fruitless() > 1
              ? ", longer because " + tally.fruitless() + " in a row brought no new version"
              : "";
      return "the cooldown to end at "
          + last.plus(patience(rules, tally)).truncatedTo(SECONDS)
          + fruitless;
    }
    Integer perWeek = rules.perWeek();
    if (perWeek != null && within(earlier, now, WEEK).size() >= perWeek) {
      return "the budget of " + perWeek + " retrainings in 7 days to free up";
    }
    if (within(earlier, now, MONTH).size() >= rules.perMonth()) {
      return "the budget of " + rules.perMonth() + " retrainings in 30 days to free up";
    }
    Double most = rules.costPerMonth();
    double spent = spent(tally.spent(), now);
    if (most != null && spent >= most) {
      return String.format(
          Locale.ROOT, "the budget of %.2f USD in 30 days to free up, %.2f are spent", most, spent);
    }
    return null;
  }

  private static @Nullable String cause(RetrainingSpec rules, DriftSummary seen) {
    if (seen.qualityBroken() && rules.on().contains(QUALITY)) {
      return QUALITY;
    }
    if (seen.drifted() && rules.on().contains(DRIFT)) {
      return DRIFT;
    }
    Duration age = rules.age();
    if (age != null
        && rules.on().contains("age")
        && seen.made() != null
        && !seen.at().isBefore(seen.made().plus(age))) {
      return "age";
    }
    Long rows = rules.rows();
    return rows != null && rules.on().contains("rows") && seen.rows() != null && seen.rows() >= rows
        ? "rows"
        : null;
  }

  /** Checks of the last {@code of} that saw a reason. */
  private static long hits(List<Boolean> seen, int of) {
    return seen.subList(Math.max(0, seen.size() - of), seen.size()).stream()
        .filter(Boolean.TRUE::equals)
        .count();
  }

  /** What brought nothing twice in a row is tried less and less often. */
  private static Duration patience(RetrainingSpec rules, Tally tally) {
    if (tally.fruitless() < 2) {
      return rules.cooldown();
    }
    Duration base = rules.cooldown().compareTo(LEAST) < 0 ? LEAST : rules.cooldown();
    return base.multipliedBy(1L << Math.min(tally.fruitless() - 1, DOUBLINGS));
  }

  /** US dollars of the last 30 days. */
  static double spent(List<Spent> all, Instant now) {
    return all.stream()
        .filter(one -> one.at().isAfter(now.minus(MONTH)))
        .mapToDouble(Spent::cost)
        .sum();
  }

  private static List<Instant> within(List<Instant> earlier, Instant now, Duration time) {
    return earlier.stream().filter(at -> at.isAfter(now.minus(time))).toList();
  }

  /** Those that still count. */
  static List<Instant> recent(List<Instant> earlier, Instant now) {
    return within(earlier, now, MONTH);
  }
}
