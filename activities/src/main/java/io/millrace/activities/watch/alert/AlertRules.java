package io.millrace.activities.watch.alert;

import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.spec.WatchSpec.MuteSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of alert, each with its defaults and with what a spec says of it. */
public final class AlertRules {
  public static final String DRIFT = "drift";
  public static final String QUALITY = "quality";
  public static final String NO_DATA = "no-data";
  public static final String LABELS = "labels";
  public static final String SLO = "slo";
  public static final String REFERENCE = "reference";
  public static final String LOG = "log";
  public static final String CLOCK = "clock";
  public static final String CHECK = "check";
  public static final String SCHEDULE = "schedule";

  /** Every kind, as it is when a spec says nothing. */
  public static final Map<String, Rule> DEFAULTS = defaults();

  private final Map<String, Rule> rules;
  private final @Nullable List<MuteSpec> mutes;

  private AlertRules(Map<String, Rule> rules, @Nullable List<MuteSpec> mutes) {
    this.rules = rules;
    this.mutes = mutes;
  }

  /**
   * How a kind of alert behaves.
   *
   * @param after how often it must be seen
   * @param severity {@code info}, {@code warning} or {@code error}
   * @param off never alerts
   */
  public record Rule(Debounce after, String severity, boolean off) {}

  /**
   * @param watch null for the defaults
   */
  public static AlertRules of(@Nullable WatchSpec watch) {
    Map<String, Rule> rules = new LinkedHashMap<>(DEFAULTS);
    if (watch != null && watch.alerts() != null) {
      watch
          .alerts()
          .forEach(
              (name, own) ->
                  rules.computeIfPresent(
                      name,
                      (n, rule) ->
                          new Rule(
                              own.after() == null ? rule.after() : own.after(),
                              own.severity() == null ? rule.severity() : own.severity(),
                              Boolean.TRUE.equals(own.off()))));
    }
    return new AlertRules(
        rules, watch == null ? null : watch.mutes() == null ? List.of() : watch.mutes());
  }

  /** When nobody is told; what is known while nobody knows the spec. */
  List<MuteSpec> mutes(List<MuteSpec> known) {
    return mutes == null ? known : mutes;
  }

  /** The rule of a name; of one that this release does not know, as if it were off. */
  Rule rule(String name) {
    return rules.getOrDefault(name, new Rule(Debounce.NONE, "info", true));
  }

  private static Map<String, Rule> defaults() {
    Map<String, Rule> rules = new LinkedHashMap<>();
    rules.put(DRIFT, new Rule(Debounce.NONE, "warning", false));
    rules.put(QUALITY, new Rule(Debounce.NONE, "error", false));
    rules.put(NO_DATA, new Rule(Debounce.NONE, "warning", false));
    rules.put(LABELS, new Rule(Debounce.NONE, "warning", false));
    // one slow hour is weather
    rules.put(SLO, new Rule(new Debounce(2, 3), "warning", false));
    rules.put(REFERENCE, new Rule(Debounce.NONE, "warning", false));
    rules.put(LOG, new Rule(Debounce.NONE, "info", false));
    rules.put(CLOCK, new Rule(Debounce.NONE, "info", false));
    // a check that failed is tried again by its activity, then by the schedule
    rules.put(CHECK, new Rule(new Debounce(2, 2), "error", false));
    rules.put(SCHEDULE, new Rule(Debounce.NONE, "warning", false));
    return rules;
  }
}
