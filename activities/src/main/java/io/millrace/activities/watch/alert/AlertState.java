package io.millrace.activities.watch.alert;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec.MuteSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to know about an endpoint's alerts at one moment: one entry of {@code
 * endpoints/<name>/alerts/<seq>.json}. Each is whole, so that the newest is all a reader needs, and
 * the others are the history.
 *
 * @param key of the check, mute or delivery that made this entry
 * @param at when
 * @param seen what the last checks saw, oldest first, by rule and subject ({@code drift|version 3})
 * @param alerts that are open, and those of which a recovery is still to be told
 * @param over alerts that are over, the newest last, a few
 * @param mutes that are not over yet
 * @param levels what was measured for {@code watch.slo} last
 * @param counters of schedules
 * @param volume how many rows the champion has logged; null while nobody asks
 * @param recurring {@code watch.mutes} of the champion's spec
 */
public record AlertState(
    String key,
    Instant at,
    Map<String, List<Boolean>> seen,
    List<Alert> alerts,
    List<Alert> over,
    List<Mute> mutes,
    List<Level> levels,
    Map<String, Long> counters,
    @Nullable Volume volume,
    List<MuteSpec> recurring) {
  public AlertState {
    seen = seen == null ? Map.of() : Map.copyOf(seen);
    alerts = Checks.list(alerts);
    over = Checks.list(over);
    mutes = Checks.list(mutes);
    levels = Checks.list(levels);
    counters = counters == null ? Map.of() : Map.copyOf(counters);
    recurring = Checks.list(recurring);
  }

  /** Before the first check. */
  static final AlertState NONE =
      new AlertState(
          "",
          Instant.EPOCH,
          Map.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Map.of(),
          null,
          List.of());

  /** {@code seen} in the order of its keys. */
  public Map<String, List<Boolean>> seen() {
    return new TreeMap<>(seen);
  }

  /** {@code counters} in the order of their keys. */
  public Map<String, Long> counters() {
    return new TreeMap<>(counters);
  }

  /**
   * One alert of a rule and a subject.
   *
   * @param id unique for ever
   * @param since when it opened
   * @param last the last check that saw it
   * @param sentence what that check saw
   * @param recovered when it was over; null while it is open
   * @param told which of {@code opened} and {@code recovered} was delivered
   */
  public record Alert(
      String id,
      String rule,
      String subject,
      String severity,
      Instant since,
      Instant last,
      String sentence,
      @Nullable Instant recovered,
      List<String> told) {
    public static final String OPENED = "opened";
    public static final String RECOVERED = "recovered";

    public Alert {
      told = Checks.list(told);
    }
  }

  /**
   * Nobody is told of alerts meanwhile; they open and recover as always.
   *
   * @param rule null for every rule
   * @param from inclusive
   * @param to exclusive
   */
  public record Mute(
      String id, @Nullable String rule, Instant from, Instant to, String who, String reason) {
    boolean covers(String of, Instant moment) {
      return (rule == null || rule.equals(of)) && !moment.isBefore(from) && moment.isBefore(to);
    }
  }

  /**
   * What was measured for an objective.
   *
   * @param slo the key in {@code watch.slo}
   * @param value in the objective's unit: milliseconds, a share, predictions a second, minutes, US
   *     dollars; null when it could not be measured
   * @param target in the same unit
   * @param met null when there was nothing to measure, such as the latency of no request
   */
  public record Level(
      String slo,
      int version,
      @Nullable Double value,
      double target,
      @Nullable Boolean met,
      String sentence) {}

  /**
   * @param last key of the last part that was counted, by server
   */
  public record Volume(int version, long rows, Map<String, String> last) {
    public Volume {
      last = last == null ? Map.of() : Map.copyOf(last);
    }
  }
}
