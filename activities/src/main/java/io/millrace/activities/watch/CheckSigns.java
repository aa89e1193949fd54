package io.millrace.activities.watch;

import io.millrace.activities.watch.alert.AlertBoard;
import io.millrace.activities.watch.alert.AlertRules;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a check says about the subject of each alert rule; of some it can say nothing. */
record CheckSigns(AlertBoard board, JudgeRequest request) {
  /**
   * @param version null without a champion, or where it cannot be read
   * @param report null of a check that failed
   * @param newest time of the newest logged prediction; null when there is none
   * @param made when the version was made; null when nobody knows
   */
  void see(
      @Nullable WatchedVersion version,
      @Nullable DriftReport report,
      @Nullable Instant newest,
      @Nullable Instant made,
      List<Level> levels) {
    String failure = request.failure();
    board.see(AlertRules.CHECK, "", failure != null, failure == null ? "the check ran" : failure);
    if (report == null || version == null) {
      return;
    }
    String subject = "version " + version.ref().version();
    List<String> only = List.of(subject);
    String gone = subject + " serves now";
    for (String rule : List.of(AlertRules.DRIFT, AlertRules.QUALITY, AlertRules.NO_DATA)) {
      board.only(rule, only, gone);
    }
    List<WindowReport> windows = report.windows();
    Boolean drifted =
        windows.stream().anyMatch(w -> w.state() == State.DRIFTED)
            ? Boolean.TRUE
            : windows.stream().anyMatch(w -> !w.columns().isEmpty()) ? Boolean.FALSE : null;
    board.see(
        AlertRules.DRIFT,
        subject,
        drifted,
        sentences(windows, window -> window.state() == State.DRIFTED));
    Boolean broken =
        windows.stream().anyMatch(WindowReport::qualityBroken)
            ? Boolean.TRUE
            : windows.stream().anyMatch(w -> w.realised() != null) ? Boolean.FALSE : null;
    board.see(AlertRules.QUALITY, subject, broken, sentences(windows, WindowReport::qualityBroken));
    Instant patience = request.at().minus(DriftWatch.last(version.spec().watch()));
    silence(subject, patience, newest, made);
    for (String kind : List.of(Remark.LABELS, Remark.REFERENCE, Remark.LOG, Remark.CLOCK)) {
      List<String> said =
          report.remarks().stream()
              .filter(remark -> rule(remark.kind()).equals(kind))
              .map(Remark::sentence)
              .toList();
      board.see(kind, "", !said.isEmpty(), said.isEmpty() ? "nothing any more" : some(said));
    }
    List<String> slos = levels.stream().map(CheckSigns::subject).toList();
    board.only(AlertRules.SLO, slos, "it is not asked for, or not served, any more");
    for (Level level : levels) {
      Boolean met = level.met();
      board.see(AlertRules.SLO, subject(level), met == null ? null : !met, level.sentence());
    }
  }

  /** As long as a window lasts without a prediction, once the version is as old as that. */
  private void silence(
      String subject, Instant patience, @Nullable Instant newest, @Nullable Instant made) {
    if (newest == null) {
      boolean young = made != null && made.isAfter(patience);
      String never = "there has never been a prediction";
      board.see(AlertRules.NO_DATA, subject, young ? null : Boolean.TRUE, never);
    } else {
      boolean silent = newest.isBefore(patience);
      board.see(
          AlertRules.NO_DATA,
          subject,
          silent,
          silent ? "no prediction since " + newest : "predictions come, the last at " + newest);
    }
  }

  /** Labels that cannot be read have not come either. */
  private static String rule(String kind) {
    return kind.equals(Remark.LABEL_FILE) ? AlertRules.LABELS : kind;
  }

  private static String subject(Level level) {
    return level.slo() + " of version " + level.version();
  }

  /** Of the windows that an alert is about; of all of them when it is about none. */
  private static String sentences(List<WindowReport> windows, Predicate<WindowReport> about) {
    List<WindowReport> told = windows.stream().filter(about).toList();
    return some((told.isEmpty() ? windows : told).stream().map(WindowReport::sentence).toList());
  }

  private static String some(List<String> sentences) {
    String told =
        sentences.stream()
            .limit(3)
            .map(
                sentence ->
                    sentence.endsWith(".")
                        ? sentence.substring(0, sentence.length() - 1)
                        : sentence)
            .collect(Collectors.joining("; "));
    if (sentences.size() > 3) {
      return told + "; and " + (sentences.size() - 3) + " more";
    }
    boolean whole = !sentences.isEmpty() && sentences.getLast().endsWith(".");
    return whole ? told + "." : told;
  }
}
