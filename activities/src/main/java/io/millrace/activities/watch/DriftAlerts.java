package io.millrace.activities.watch;

import io.millrace.activities.page.Html;
import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.activities.watch.alert.MuteTimes;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec.MuteSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a check's page says of the endpoint's alerts and objectives; {@code alerts} of its JSON.
 *
 * @param at what is said is of this moment
 * @param open alerts, the oldest first
 * @param recovered those that recovered since the check's windows began, the oldest first
 * @param mutes that a person made and that are not over
 * @param recurring of the spec
 * @param levels what was measured for {@code watch.slo}
 */
record DriftAlerts(
    Instant at,
    List<Shown> open,
    List<Shown> recovered,
    List<Mute> mutes,
    List<MuteSpec> recurring,
    List<Level> levels) {
  /** Data is escaped in a page, and so cannot have these. */
  private static final String BEGIN = "<!-- alerts -->";

  private static final String END = "<!-- alerts end -->";

  DriftAlerts {
    open = Checks.list(open);
    recovered = Checks.list(recovered);
    mutes = Checks.list(mutes);
    recurring = Checks.list(recurring);
    levels = Checks.list(levels);
  }

  /**
   * An alert.
   *
   * @param recovered null while it is open
   * @param mutedUntil when people are told; null when it is not muted, or over
   * @param told whether anybody was told that it opened
   */
  record Shown(
      String id,
      String rule,
      String subject,
      String severity,
      Instant since,
      @Nullable Instant recovered,
      @Nullable Instant mutedUntil,
      boolean told,
      String sentence) {}

  /**
   * @param since when the check's windows began
   * @param now tells what is muted
   */
  static DriftAlerts of(AlertState state, Instant since, Instant now) {
    List<Shown> open = new ArrayList<>();
    List<Shown> recovered = new ArrayList<>();
    for (Alert alert : Stream.concat(state.over().stream(), state.alerts().stream()).toList()) {
      Instant over = alert.recovered();
      if (over == null) {
        open.add(shown(alert, MuteTimes.until(state, alert.rule(), now).orElse(null)));
      } else if (!over.isBefore(since)) {
        recovered.add(shown(alert, null));
      }
    }
    return new DriftAlerts(
        state.at(), open, recovered, state.mutes(), state.recurring(), state.levels());
  }

  /**
   * The same, where an objective had nothing to measure with what was measured of it before: checks
   * that see nothing new take nothing back.
   */
  DriftAlerts over(List<Level> before) {
    List<Level> merged = new ArrayList<>();
    for (Level level : levels) {
      merged.add(level.met() != null ? level : same(before, level).findFirst().orElse(level));
    }
    before.stream().filter(level -> same(levels, level).findAny().isEmpty()).forEach(merged::add);
    return new DriftAlerts(at, open, recovered, mutes, recurring, merged);
  }

  private static Stream<Level> same(List<Level> levels, Level one) {
    return levels.stream()
        .filter(level -> level.slo().equals(one.slo()) && level.version() == one.version());
  }

  private static Shown shown(Alert alert, @Nullable Instant muted) {
    return new Shown(
        alert.id(),
        alert.rule(),
        alert.subject(),
        alert.severity(),
        alert.since(),
        alert.recovered(),
        muted,
        alert.told().contains(Alert.OPENED),
        alert.sentence());
  }

  /** Between {@link #BEGIN} and {@link #END}; nothing there before anything was judged. */
  Html html() {
    return Html.all(new Html(BEGIN), at.equals(Instant.EPOCH) ? Html.NONE : inner(), new Html(END));
  }

  /** A page with these; as it is when it has no place for them. */
  String in(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    return begin < 0 || end < begin
        ? page
        : page.substring(0, begin) + html().markup() + page.substring(end + END.length());
  }

  private Html inner() {
    List<Html> alerts = new ArrayList<>();
    open.forEach(alert -> alerts.add(said(tone(alert), alert.severity(), opened(alert))));
    recovered.forEach(alert -> alerts.add(said("STABLE", "recovered", over(alert))));
    for (Mute mute : mutes) {
      String what = mute.rule() == null ? "All alerts are" : "Alerts of " + mute.rule() + " are";
      alerts.add(
          said(
              "",
              "muted",
              "%s muted from %s until %s by %s: %s."
                  .formatted(
                      what,
                      DriftPage.time(mute.from()),
                      DriftPage.time(mute.to()),
                      mute.who(),
                      mute.reason())));
    }
    recurring.forEach(mute -> alerts.add(said("", "muted", capital(MuteTimes.sentence(mute)))));
    List<Html> objectives = new ArrayList<>();
    for (Level level : levels) {
      Boolean met = level.met();
      objectives.add(
          said(
              met == null ? "NO_DATA" : met ? "STABLE" : "DRIFTED",
              met == null ? "unknown" : met ? "kept" : "not kept",
              capital(level.sentence())));
    }
    return Html.all(
        Html.of(
            "<h2>Alerts and objectives</h2><p>%s %s <span class=\"muted small\">As of"
                + " %s.</span></p><ul class=\"say\">%s</ul>",
            headline(), kept(), DriftPage.time(at), Html.all(alerts)),
        objectives.isEmpty()
            ? Html.NONE
            : Html.of("<ul class=\"say\">%s</ul>", Html.all(objectives)));
  }

  private String headline() {
    String count =
        switch (open.size()) {
          case 0 -> "No alert is open";
          case 1 -> "One alert is open";
          default -> open.size() + " alerts are open";
        };
    return recovered.isEmpty() ? count + "." : count + ", " + recovered.size() + " recovered.";
  }

  private String kept() {
    if (levels.isEmpty()) {
      return "The spec asks for no objective, or none was measured.";
    }
    List<String> broken =
        levels.stream()
            .filter(level -> Boolean.FALSE.equals(level.met()))
            .map(level -> level.slo() + " of version " + level.version())
            .toList();
    long met = levels.stream().filter(level -> Boolean.TRUE.equals(level.met())).count();
    long unknown = levels.size() - broken.size() - met;
    return met
        + " of "
        + levels.size()
        + (met == 1 ? " objectives is kept" : " objectives are kept")
        + (broken.isEmpty() ? "" : ", not " + String.join(", ", broken))
        + (unknown == 0 ? "." : "; for " + unknown + " there was nothing to measure.");
  }

  private static String opened(Shown alert) {
    Instant muted = alert.mutedUntil();
    return "%s, open since %s: %s.%s"
        .formatted(
            name(alert),
            DriftPage.time(alert.since()),
            stripped(alert.sentence()),
            muted == null ? "" : " Muted until " + DriftPage.time(muted) + ".");
  }

  private static String over(Shown alert) {
    Instant end = alert.recovered() == null ? alert.since() : alert.recovered();
    return "%s, open from %s until %s: %s.%s"
        .formatted(
            name(alert),
            DriftPage.time(alert.since()),
            DriftPage.time(end),
            stripped(alert.sentence()),
            alert.told() ? "" : " Nobody was told that it opened.");
  }

  private static String name(Shown alert) {
    return capital(alert.rule()) + (alert.subject().isEmpty() ? "" : " of " + alert.subject());
  }

  private static String tone(Shown alert) {
    return alert.severity().equals("error") ? "DRIFTED" : "NO_DATA";
  }

  private static Html said(String tone, String word, String sentence) {
    return Html.of(
        "<li><span class=\"pill %s\">%s</span><span>%s</span></li>", tone, word, sentence);
  }

  private static String stripped(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static String capital(String text) {
    String whole = stripped(text);
    return whole.isEmpty() ? whole : Character.toUpperCase(whole.charAt(0)) + whole.substring(1);
  }
}
