package io.millrace.activities.watch;

import io.millrace.activities.metrics.Metrics;
import io.millrace.inference.model.ModelManifest;
import io.millrace.workflows.labels.LabelText;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.WatchSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How good the answers turned out to be.
 *
 * @param metric null when it could not be computed @param labelled rows whose label came
 * @param broken worse than the floor: below it, or above it for metrics where less is better
 * @param sentence empty without labels
 */
record Realised(@Nullable Metric metric, long labelled, boolean broken, String sentence) {
  static final Realised NONE = new Realised(null, 0, false, "");

  /**
   * @param labels by entity
   * @param rows in the window, for the coverage
   */
  static Realised of(
      WatchedVersion version,
      WatchSpec.LabelsSpec spec,
      List<LoggedPredictions.Logged> logged,
      Map<String, String> labels,
      long rows) {
    ModelManifest.Output output = version.manifest().output();
    List<String> binary = output.classes().stream().map(LabelText::plain).toList();
    List<LoggedPredictions.Logged> known = new ArrayList<>();
    List<String> truths = new ArrayList<>();
    for (LoggedPredictions.Logged row : logged) {
      String truth = labels.get(row.entity());
      if (truth != null && (version.spec().task() != Task.BINARY || binary.contains(truth))) {
        known.add(row);
        truths.add(truth);
      }
    }
    if (known.isEmpty()) {
      return NONE;
    }
    Task task = version.spec().task().scored();
    List<String> classes = classes(task, output, truths, known);
    double[] actual = new double[known.size()];
    int width = task == Task.MULTICLASS ? classes.size() : 1;
    float[] scores = new float[known.size() * width];
    for (int i = 0; i < actual.length; i++) {
      actual[i] =
          task == Task.REGRESSION
              ? Double.parseDouble(truths.get(i))
              : classes.indexOf(truths.get(i));
      if (task == Task.MULTICLASS) {
        // the log holds the answer, not every class's probability
        scores[i * width + classes.indexOf(LabelText.plain(known.get(i).answer()))] = 1;
      } else {
        scores[i] = known.get(i).score();
      }
    }
    String coverage =
        "labels for %s of %s rows (%s)"
            .formatted(
                Numbers.count(known.size()),
                Numbers.count(rows),
                Numbers.percent((double) known.size() / Math.max(1, rows)));
    Optional<Metrics> metric =
        Metrics.named(spec.metric()).filter(m -> m.fits(version.spec().task()));
    boolean unknowable = task == Task.MULTICLASS && metric.equals(Optional.of(Metrics.LOG_LOSS));
    double value =
        metric.isEmpty() || unknowable
            ? Double.NaN
            : metric.get().value(task, actual, scores, output.threshold());
    if (metric.isEmpty() || !Double.isFinite(value)) {
      return new Realised(
          null, known.size(), false, spec.metric() + " cannot be computed, " + coverage);
    }
    Double floor = spec.floor();
    boolean broken = floor != null && (metric.get().maximise() ? value < floor : value > floor);
    String against =
        floor == null ? "" : (broken ? ", worse than " : ", within ") + Numbers.shortly(floor);
    return new Realised(
        new Metric(spec.metric(), value, null, null, known.size()),
        known.size(),
        broken,
        "realised %s %.4f%s, %s".formatted(spec.metric(), value, against, coverage));
  }

  /** The model's classes; for labels of a class that it has never seen, those behind them. */
  private static List<String> classes(
      Task task,
      ModelManifest.Output output,
      Collection<String> truths,
      List<LoggedPredictions.Logged> known) {
    List<String> classes =
        new ArrayList<>(output.classes().stream().map(LabelText::plain).toList());
    if (task == Task.MULTICLASS) {
      Set<String> more = new TreeSet<>(truths);
      known.forEach(row -> more.add(LabelText.plain(row.answer())));
      more.removeAll(new HashSet<>(classes));
      classes.addAll(more);
    }
    return classes;
  }
}
