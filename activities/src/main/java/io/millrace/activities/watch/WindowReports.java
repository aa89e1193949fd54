package io.millrace.activities.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What is said about a window. */
final class WindowReports {
  /** Columns of one window in a report: the drifted ones and those with the greatest PSI. */
  private static final int COLUMNS = 1_000;

  private WindowReports() {}

  static WindowReport of(
      Window window,
      Profile reference,
      WatchSpec watch,
      EffectChoice choice,
      Realised realised,
      BeyondColumns.Said said) {
    Profile profile = window.profile();
    if (profile == null || window.rows() < watch.window().minRows()) {
      String sentence =
          "%s in the window, %s needed to judge."
              .formatted(rows(window.rows()), Numbers.count(watch.window().minRows()));
      return report(window, State.NO_DATA, List.of(), realised, said, sentence);
    }
    if (!watch.reference().equals(ReferenceWindow.TRAINING)
        && reference.rows() < watch.window().minRows()) {
      String sentence =
          "%s in the reference (%s), %s needed to judge."
              .formatted(
                  rows(reference.rows()),
                  watch.reference(),
                  Numbers.count(watch.window().minRows()));
      return report(window, State.NO_DATA, List.of(), realised, said, sentence);
    }
    List<ColumnVerdict> columns = ColumnDrift.verdicts(reference, profile, watch.drift(), choice);
    boolean together = said.multivariate().stream().anyMatch(MultivariateVerdict::drifted);
    boolean drifted = together || columns.stream().anyMatch(ColumnVerdict::drifted);
    return report(
        window,
        drifted ? State.DRIFTED : State.STABLE,
        columns.subList(0, Math.min(COLUMNS, columns.size())),
        realised,
        said,
        sentence(window, columns, watch.drift())
            + (together ? " All columns together are not what they were." : ""));
  }

  /** Which watched columns of a window cannot be compared; nothing of one with too few rows. */
  static List<Remark> remarks(Window window, Profile reference, WatchSpec watch) {
    Profile profile = window.profile();
    if (profile == null || window.rows() < watch.window().minRows() || reference.rows() == 0) {
      return List.of();
    }
    List<Remark> remarks = new ArrayList<>();
    ColumnDrift.unknown(reference, profile, watch.drift())
        .forEach(
            column ->
                remarks.add(
                    new Remark(
                        Remark.REFERENCE,
                        column.name() + " is not compared: the reference has no value of it")));
    if (!watch.drift().columns().equals("all")) {
      Arrays.stream(watch.drift().columns().split(","))
          .map(String::strip)
          .filter(n -> reference.column(n).isEmpty() && profile.column(n).isEmpty())
          .forEach(
              name ->
                  remarks.add(
                      new Remark(
                          Remark.REFERENCE,
                          name + " is not compared: neither reference nor window has it")));
    }
    return remarks;
  }

  /** A window that was checked before, now that its labels came. */
  static WindowReport labelled(DriftLog.Pending window, Realised realised) {
    Window again =
        new Window(
            window.from(), window.to(), window.firstRow(), window.rows(), window.parts(), null);
    String sentence = "Labels came for rows " + range(again) + ".";
    return report(again, State.STABLE, List.of(), realised, BeyondColumns.Said.NOTHING, sentence);
  }

  /** A report's {@code timeline}: past windows and what was done. */
  static void timeline(ObjectNode report, DriftHistory history) {
    report.set("timeline", PayloadJson.mapper().valueToTree(history));
  }

  static byte[] json(ObjectNode tree) {
    try {
      return PayloadJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "drift report: cannot be written as JSON");
    }
  }

  private static WindowReport report(
      Window window,
      State state,
      List<ColumnVerdict> columns,
      Realised realised,
      BeyondColumns.Said said,
      String sentence) {
    String all =
        realised.sentence().isEmpty()
            ? sentence
            : sentence + " " + capital(realised.sentence()) + ".";
    return new WindowReport(
        window.from(),
        window.to(),
        window.firstRow(),
        window.rows(),
        state,
        columns,
        realised.metric(),
        realised.labelled(),
        realised.broken(),
        all,
        said.multivariate(),
        said.estimates());
  }

  private static String sentence(
      Window window, List<ColumnVerdict> columns, WatchSpec.DriftSpec settings) {
    List<String> features =
        columns.stream()
            .filter(ColumnVerdict::drifted)
            .map(ColumnVerdict::column)
            .filter(name -> !name.equals(ColumnDrift.PREDICTION))
            .toList();
    boolean score =
        columns.stream().anyMatch(v -> v.drifted() && v.column().equals(ColumnDrift.PREDICTION));
    List<String> alone =
        columns.stream()
            .filter(v -> Objects.equals(v.rowsReference(), 0L) && !Objects.equals(v.rows(), 0L))
            .map(ColumnVerdict::column)
            .toList();
    long watched =
        columns.stream()
            .map(ColumnVerdict::column)
            .filter(name -> !name.equals(ColumnDrift.PREDICTION) && !alone.contains(name))
            .count();
    String rest = alone.isEmpty() ? "" : " Without reference: " + String.join(", ", alone) + ".";
    String rows = "Rows " + range(window) + ": ";
    if (features.isEmpty()) {
      return rows
          + "none of "
          + watched
          + " columns drifted"
          + (score ? ", but the score did." : ", nor did the score.")
          + rest;
    }
    boolean dataset = features.size() >= settings.share() * watched;
    return "%s%d of %d columns drifted (%s)%s; by share (%s) the dataset %s."
            .formatted(
                rows,
                features.size(),
                watched,
                String.join(", ", features.subList(0, Math.min(10, features.size())))
                    + (features.size() > 10 ? ", …" : ""),
                score ? ", and the score did" : ", the score did not",
                Numbers.percent(settings.share()),
                dataset ? "drifted" : "did not")
        + rest;
  }

  private static String range(Window window) {
    return Numbers.count(window.firstRow())
        + "–"
        + Numbers.count(window.firstRow() + window.rows() - 1);
  }

  private static String rows(long rows) {
    return rows == 1 ? "1 row" : Numbers.count(rows) + " rows";
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
