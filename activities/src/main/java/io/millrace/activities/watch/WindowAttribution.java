package io.millrace.activities.watch;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.attribution.ColumnImpact;
import io.millrace.activities.watch.attribution.RankingDrift;
import io.millrace.activities.watch.estimate.ConfidenceEstimate;
import io.millrace.activities.watch.estimate.LossEstimate;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.labels.LabelText;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.WatchSpec.LabelsSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a window's columns do for the served version. */
record WindowAttribution(WatchedVersion version, HeldOutRows heldOut, Labels labels) {
  /**
   * Columns whose effect is estimated: those that are judged to be furthest from what they were.
   */
  private static final int COLUMNS = 40;

  /** Values that are scored for each column. */
  private static final int VALUES = 100_000;

  /** Rows of a window that are scored again. */
  static int rows(int features) {
    return Math.clamp(VALUES / Math.max(1, features), 100, RankingDrift.ROWS);
  }

  /** Empty where the version does not answer the logged rows as it did, too. */
  Optional<MultivariateVerdict> verdict(
      WindowRows sample, ServedVersion model, double least, double level) {
    WindowRows rows = sample.few(RankingDrift.ROWS);
    if (rows.rows().rows() == 0 || !model.answersAsLogged(rows)) {
      return Optional.empty();
    }
    HeldOutRows known = heldOut.few(RankingDrift.ROWS);
    Optional<RankingDrift.Side> labelled = labelled(sample);
    return labelled.isPresent()
        ? RankingDrift.verdict(
            new RankingDrift.Side(known.rows(), known.truth()), labelled.get(), model, least, level)
        : RankingDrift.verdict(
            new RankingDrift.Side(known.rows(), null),
            new RankingDrift.Side(rows.rows(), null),
            model,
            least,
            level);
  }

  /** Rows whose label came, when they are as many as a window needs to be judged. */
  private Optional<RankingDrift.Side> labelled(WindowRows sample) {
    Task task = version.spec().task().scored();
    if (version.spec().watch().labels() == null || task == Task.MULTICLASS) {
      // of more classes the log has the answered one's score alone
      return Optional.empty();
    }
    Map<String, String> known = labels.of(version.ref().name(), new HashSet<>(sample.entities()));
    List<String> classes =
        version.manifest().output().classes().stream().map(LabelText::plain).toList();
    List<Integer> picked = new ArrayList<>();
    List<Double> truth = new ArrayList<>();
    for (int row = 0; row < sample.entities().size() && picked.size() < RankingDrift.ROWS; row++) {
      String label = known.get(sample.entities().get(row));
      if (label != null && (task == Task.REGRESSION || classes.contains(label))) {
        picked.add(row);
        truth.add(
            task == Task.REGRESSION ? Double.parseDouble(label) : (double) classes.indexOf(label));
      }
    }
    if (picked.size()
        < Math.max(RankingDrift.LEAST_ROWS, version.spec().watch().window().minRows())) {
      return Optional.empty();
    }
    WindowRows rows = sample.only(picked.stream().mapToInt(Integer::intValue).toArray());
    return Optional.of(
        new RankingDrift.Side(
            rows.rows(), truth.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  /** The report with its columns by their effect on the metric that is estimated of it. */
  WindowReport ranked(
      WindowReport report,
      WindowRows rows,
      ServedVersion model,
      @Nullable ConfidenceEstimate classes,
      @Nullable LossEstimate values,
      Consumer<String> progress) {
    if (rows.rows().rows() == 0 || !model.answersAsLogged(rows)) {
      return report;
    }
    String metric = metric(classes);
    List<String> columns =
        report.columns().stream()
            .map(ColumnVerdict::column)
            .filter(name -> !name.equals(ColumnDrift.PREDICTION))
            .limit(COLUMNS)
            .toList();
    BiFunction<Table, double[], OptionalDouble> estimate =
        (table, scores) ->
            value(
                classes == null
                    ? values == null
                        ? null
                        : values.of(table, scores, table.rows(), Optional.empty())
                    : metric.equals("roc-auc")
                        ? classes.rocAuc(profile(scores), Optional.empty())
                        : classes.accuracy(profile(scores), Optional.empty()));
    Map<String, Double> impacts =
        ColumnImpact.of(
            rows.rows(),
            heldOut.few(rows(rows.rows().names().size())).rows(),
            columns,
            model,
            estimate,
            progress);
    List<ColumnVerdict> ranked = new ArrayList<>();
    for (ColumnVerdict verdict : report.columns()) {
      Double impact = impacts.get(verdict.column());
      ranked.add(impact == null ? verdict : verdict.with(metric, impact));
    }
    ranked.sort(
        Comparator.comparing(ColumnVerdict::drifted)
            .thenComparing(v -> v.impact() == null ? 0 : Math.abs(v.impact()))
            .reversed());
    return report.with(ranked);
  }

  /** What the labels are measured by, where that is estimated. */
  private String metric(@Nullable ConfidenceEstimate classes) {
    if (classes == null) {
      return LossEstimate.MAE;
    }
    LabelsSpec asked = version.spec().watch().labels();
    boolean auc =
        version.spec().task().scored() == Task.BINARY
            && asked != null
            && asked.metric().equals("roc-auc");
    return auc ? "roc-auc" : "accuracy";
  }

  private static OptionalDouble value(@Nullable Estimate estimate) {
    Metric metric = estimate == null ? null : estimate.metric();
    return metric == null ? OptionalDouble.empty() : OptionalDouble.of(metric.value());
  }

  private static NumberProfile profile(double[] scores) {
    ProfileBuilder builder =
        new ProfileBuilder(
            List.of(new Profile.Column(ColumnDrift.PREDICTION, Feature.Kind.NUMBER)));
    builder.addAll(0, scores, scores.length);
    builder.endRows(scores.length);
    return (NumberProfile) builder.build().column(ColumnDrift.PREDICTION).orElseThrow();
  }
}
