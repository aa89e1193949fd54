package io.millrace.activities.watch.alert;

import io.millrace.activities.watch.alert.AlertRules.Rule;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When alerts open and recover. An alert of a rule and a subject opens once the subject was seen in
 * {@code hits} of the last {@code of} checks, and recovers once that holds no longer, so that what
 * comes and goes opens one alert and not one a check. A check that cannot tell leaves it as it is.
 * Not thread-safe.
 */
public final class AlertBoard {
  /** Alerts that are over and still shown. */
  private static final int OVER = 20;

  private final String model;
  private final AlertRules rules;
  private final Instant at;
  private final Map<String, List<Boolean>> seen;
  private final Map<String, Alert> open = new LinkedHashMap<>();
  private final List<Alert> over;

  /**
   * @param before what was known
   * @param at the check's time
   */
  public AlertBoard(String model, AlertRules rules, AlertState before, Instant at) {
    this.model = model;
    this.rules = rules;
    this.at = at;
    this.seen = new TreeMap<>(before.seen());
    before.alerts().forEach(alert -> open.put(place(alert.rule(), alert.subject()), alert));
    this.over = new ArrayList<>(before.over());
  }

  /**
   * What a check says of a subject.
   *
   * @param subject empty for the whole model
   * @param hit null when the check cannot tell
   * @param sentence what it saw
   */
  public void see(String rule, String subject, @Nullable Boolean hit, String sentence) {
    Rule own = rules.rule(rule);
    String place = place(rule, subject);
    if (hit == null) {
      return;
    }
    if (own.off()) {
      forget(place, "the rule is off");
      return;
    }
    Debounce after = own.after();
    List<Boolean> checks = new ArrayList<>(seen.getOrDefault(place, List.of()));
    checks.add(hit);
    checks = checks.subList(Math.max(0, checks.size() - after.of()), checks.size());
    if (checks.contains(true)) {
      seen.put(place, List.copyOf(checks));
    } else {
      seen.remove(place);
    }
    boolean often = checks.stream().filter(Boolean.TRUE::equals).count() >= after.hits();
    Alert alert = open.get(place);
    if (alert != null && alert.recovered() == null) {
      if (!often) {
        recover(place, alert, sentence);
      } else if (hit) {
        open.put(place, with(alert, own.severity(), at, sentence));
      }
    } else if (often && hit) {
      if (alert != null) {
        // its recovery was never told, and is no news any more
        over.add(alert);
      }
      open.put(place, opened(rule, subject, own, sentence));
    }
  }

  /** Subjects of a rule that are no more, such as a version that serves no longer, recover. */
  public void only(String rule, List<String> subjects, String sentence) {
    for (String place : List.copyOf(seen.keySet())) {
      if (place.startsWith(rule + "|") && !subjects.contains(place.substring(rule.length() + 1))) {
        seen.remove(place);
      }
    }
    for (Map.Entry<String, Alert> entry : Map.copyOf(open).entrySet()) {
      Alert alert = entry.getValue();
      if (alert.rule().equals(rule) && !subjects.contains(alert.subject())) {
        forget(entry.getKey(), sentence);
      }
    }
  }

  private void forget(String place, String sentence) {
    seen.remove(place);
    Alert alert = open.get(place);
    if (alert != null && alert.recovered() == null) {
      recover(place, alert, sentence);
    }
  }

  private void recover(String place, Alert alert, String sentence) {
    open.put(
        place,
        new Alert(
            alert.id(),
            alert.rule(),
            alert.subject(),
            alert.severity(),
            alert.since(),
            alert.last(),
            sentence,
            at,
            alert.told()));
  }

  private Alert opened(String rule, String subject, Rule own, String sentence) {
    String id =
        rule
            + "-"
            + PayloadJson.sha256(model + "|" + rule + "|" + subject + "|" + at).substring(0, 10);
    return new Alert(id, rule, subject, own.severity(), at, at, sentence, null, List.of());
  }

  private static Alert with(Alert alert, String severity, Instant last, String sentence) {
    return new Alert(
        alert.id(),
        alert.rule(),
        alert.subject(),
        severity,
        alert.since(),
        last,
        sentence,
        null,
        alert.told());
  }

  private static String place(String rule, String subject) {
    return rule + "|" + subject;
  }

  /**
   * What is known now.
   *
   * @param key of who made it
   */
  public AlertState state(String key, AlertState before, List<AlertState.Level> levels) {
    return settled(
        new AlertState(
            key,
            at,
            seen,
            List.copyOf(open.values()),
            over,
            before.mutes(),
            levels,
            before.counters(),
            before.volume(),
            rules.mutes(before.recurring())),
        at);
  }

  /** Whether nobody is to be told of a rule's alerts at the moment. */
  public static boolean muted(AlertState state, String rule, Instant now) {
    return MuteTimes.until(state, rule, now).isPresent();
  }

  /**
   * Moves what has nothing left to be told to those that are over, and drops mutes that have ended.
   * An alert that was muted whenever it was seen and has recovered is no news at all; one of which
   * nobody could be told in time still is.
   */
  static AlertState settled(AlertState state, Instant now) {
    List<Alert> alerts = new ArrayList<>();
    List<Alert> over = new ArrayList<>(state.over());
    for (Alert alert : state.alerts()) {
      boolean told = alert.told().contains(Alert.OPENED);
      boolean done =
          alert.recovered() != null
              && (alert.told().contains(Alert.RECOVERED)
                  || (!told && (muted(state, alert.rule(), now) || unheard(state, alert))));
      (done ? over : alerts).add(alert);
    }
    List<Mute> mutes = state.mutes().stream().filter(mute -> mute.to().isAfter(now)).toList();
    return new AlertState(
        state.key(),
        state.at(),
        state.seen(),
        alerts,
        over.subList(Math.max(0, over.size() - OVER), over.size()),
        mutes,
        state.levels(),
        state.counters(),
        state.volume(),
        state.recurring());
  }

  private static boolean unheard(AlertState state, Alert alert) {
    return muted(state, alert.rule(), alert.since()) && muted(state, alert.rule(), alert.last());
  }
}
