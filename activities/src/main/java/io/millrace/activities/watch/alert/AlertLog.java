package io.millrace.activities.watch.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * {@code endpoints/<name>/alerts/<seq>.json}, append-only: whoever appends second starts again from
 * what the first left, so two checks at once open one alert.
 */
public final class AlertLog {
  /** How far back a key is looked for: a repeat follows its first try within minutes. */
  private static final int KEYS = 20;

  private final ObjectStore store;
  private final String prefix;

  public AlertLog(ObjectStore store, String endpoint) {
    this.store = store;
    this.prefix = "endpoints/" + Checks.name("endpoint", endpoint) + "/alerts/";
  }

  /** The newest; empty of everything before the first check. */
  public AlertState head() {
    return new Sequences(store)
        .head(prefix)
        .map(entry -> read(entry.content()))
        .orElse(AlertState.NONE);
  }

  /**
   * Appends what the function makes of the newest state; nothing when an entry of that key is there
   * already, or when the function changes nothing.
   *
   * @return the newest state
   */
  public AlertState append(String key, UnaryOperator<AlertState> next) {
    AlertState[] newest = {AlertState.NONE};
    new Sequences(store)
        .append(
            prefix,
            (seq, head) -> {
              AlertState before = head == null ? AlertState.NONE : read(head.content());
              newest[0] = before;
              if (head != null && known(key, head.seq())) {
                return null;
              }
              AlertState after = next.apply(before);
              if (after.equals(before)) {
                return null;
              }
              newest[0] = after;
              return write(after);
            });
    return newest[0];
  }

  /**
   * Tells nobody for a while.
   *
   * @param rule null for every rule
   * @throws io.temporal.failure.ApplicationFailure {@code REQUEST_INVALID}
   */
  public Mute mute(
      @Nullable String rule, Instant from, Instant to, String who, String reason, Instant now) {
    if (rule != null && !AlertRules.DEFAULTS.containsKey(rule)) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "rule: %s (expected: one of %s)"
              .formatted(rule, String.join(", ", AlertRules.DEFAULTS.keySet())));
    }
    if (!from.isBefore(to) || !to.isAfter(now)) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "to: " + to + " (expected: after from, and after now)");
    }
    if (reason.isBlank()) {
      throw Failures.of(FailureType.REQUEST_INVALID, "reason: nothing (expected: some text)");
    }
    String id = "mute-" + PayloadJson.sha256(rule + "|" + from + "|" + to).substring(0, 10);
    Mute mute = new Mute(id, rule, from, to, who, reason);
    append(
        id + "|" + now,
        before -> {
          List<Mute> mutes = new ArrayList<>(before.mutes());
          mutes.removeIf(other -> other.id().equals(id));
          mutes.add(mute);
          return AlertBoard.settled(with(before, id + "|" + now, now, before.alerts(), mutes), now);
        });
    return mute;
  }

  /**
   * Ends mutes.
   *
   * @param id of one; null for all
   * @return those that were ended
   */
  public List<Mute> unmute(@Nullable String id, Instant now) {
    List<Mute> ended = new ArrayList<>();
    append(
        "unmute|" + id + "|" + now,
        before -> {
          ended.clear();
          List<Mute> mutes = new ArrayList<>(before.mutes());
          mutes.removeIf(mute -> (id == null || mute.id().equals(id)) && ended.add(mute));
          return ended.isEmpty()
              ? before
              : with(before, "unmute|" + id + "|" + now, now, before.alerts(), mutes);
        });
    return ended;
  }

  /** Remembers that notices were delivered, {@code <alert>-opened} or {@code <alert>-recovered}. */
  public void told(List<String> notices, Instant now) {
    append(
        "told|" + String.join("|", notices),
        before -> {
          List<Alert> alerts = new ArrayList<>();
          for (Alert alert : before.alerts()) {
            List<String> told = new ArrayList<>(alert.told());
            for (String kind : List.of(Alert.OPENED, Alert.RECOVERED)) {
              if (notices.contains(alert.id() + "-" + kind) && !told.contains(kind)) {
                told.add(kind);
              }
            }
            alerts.add(told(alert, told));
          }
          if (alerts.equals(before.alerts())) {
            return before;
          }
          String key = "told|" + String.join("|", notices);
          return AlertBoard.settled(with(before, key, now, alerts, before.mutes()), now);
        });
  }

  private static Alert told(Alert alert, List<String> told) {
    return new Alert(
        alert.id(),
        alert.rule(),
        alert.subject(),
        alert.severity(),
        alert.since(),
        alert.last(),
        alert.sentence(),
        alert.recovered(),
        told);
  }

  private static AlertState with(
      AlertState state, String key, Instant at, List<Alert> alerts, List<Mute> mutes) {
    return new AlertState(
        key,
        at,
        state.seen(),
        alerts,
        state.over(),
        mutes,
        state.levels(),
        state.counters(),
        state.volume(),
        state.recurring());
  }

  private boolean known(String key, long newest) {
    for (long seq = newest; seq > Math.max(0, newest - KEYS); seq--) {
      Optional<byte[]> content = store.get(prefix + "%010d.json".formatted(seq));
      if (content.isPresent() && read(content.get()).key().equals(key)) {
        return true;
      }
    }
    return false;
  }

  private AlertState read(byte[] content) {
    try {
      return PayloadJson.mapper().readValue(content, AlertState.class);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE,
          e,
          "object: " + prefix + " (expected: as this release writes it): " + e.getMessage());
    }
  }

  private static byte[] write(AlertState state) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(state);
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "alerts: cannot be written as JSON");
    }
  }
}
