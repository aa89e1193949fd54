package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.SelectActivities;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.PackageRef;
import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Chooses by what each package scores on the validation split, through the runtime that serves. The
 * best value leads; a trial with fewer weights whose paired difference to the leader has a 95 %
 * bootstrap interval that reaches 0 is as good, and the fewest weights among those win. Equal
 * requests give equal answers.
 */
public final class BootstrapSelection implements SelectActivities {
  private final Packages packages;
  private final Datasets datasets;

  public BootstrapSelection(ObjectStore store, Path scratch) {
    this.packages = new Packages(store, scratch);
    this.datasets = new Datasets(store, scratch);
  }

  @Override
  public Selection winner(SelectRequest request) {
    return winner(request, () -> Activity.getExecutionContext().heartbeat("comparing"));
  }

  /** The same with somebody else to tell between steps. */
  Selection winner(SelectRequest request, Runnable alive) {
    Metrics metric =
        Metrics.named(request.objective().metric())
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.CONFIG_INVALID,
                        "objective.metric: "
                            + request.objective().metric()
                            + " (expected: one of "
                            + Metrics.of(request.task()).stream().map(Metrics::word).toList()
                            + ")"));
    DatasetManifest manifest = datasets.manifest(request.dataset());
    Table table = datasets.read(request.dataset(), DatasetManifest.VALIDATION);
    double[] labels = Datasets.labels(manifest, table);
    Beside beside = Beside.of(manifest, table);
    List<Scored> trials = new ArrayList<>();
    for (TrialResult trial : request.trials()) {
      alive.run();
      trials.add(scored(request, trial, metric, labels, beside, table));
    }
    Comparator<Scored> byValue = Comparator.comparingDouble(Scored::value);
    Scored leader =
        trials.stream()
            .min(
                (request.objective().maximise() ? byValue.reversed() : byValue)
                    .thenComparing(Scored::weights)
                    .thenComparing(t -> t.trial().trial()))
            .orElseThrow(
                () -> Failures.of(FailureType.INVARIANT_BROKEN, "trials: 0 (expected: > 0)"));
    if (trials.size() == 1) {
      return new Selection(
          leader.trial(),
          leader.name() + " is the only trial: " + value(metric, leader) + rows(labels) + ".");
    }
    PairedBootstrap bootstrap =
        new PairedBootstrap(request.task(), metric, labels, beside, request.seed(), alive);
    Scored winner = leader;
    PairedBootstrap.Interval tie = null;
    for (Scored other :
        trials.stream()
            .filter(t -> t.weights() < leader.weights())
            .sorted(Comparator.comparing(Scored::weights).thenComparing(t -> t.trial().trial()))
            .toList()) {
      PairedBootstrap.Interval apart =
          bootstrap.difference(
              leader.scores(), leader.threshold(), other.scores(), other.threshold());
      if (request.objective().maximise() ? apart.low() <= 0 : apart.high() >= 0) {
        winner = other;
        tie = apart;
        break;
      }
    }
    return new Selection(winner.trial(), sentence(metric, labels, trials, leader, winner, tie));
  }

  /** A trial with what its package scores. */
  private record Scored(TrialResult trial, float[] scores, double threshold, double value) {
    long weights() {
      return trial.parameters();
    }

    String name() {
      return trial.family() + " (trial " + trial.trial() + ")";
    }
  }

  private Scored scored(
      SelectRequest request,
      TrialResult trial,
      Metrics metric,
      double[] labels,
      Beside beside,
      Table table) {
    PackageRef model = trial.model();
    try (ModelRuntime runtime = ModelRuntime.open(packages.fetch(model.prefix(), model.digest()))) {
      List<Object> columns = new ArrayList<>();
      for (Feature feature : runtime.manifest().features()) {
        columns.add(
            feature.kind() == Feature.Kind.NUMBER
                ? table.numbers(feature.name())
                : table.categories(feature.name()));
      }
      float[] scores = runtime.score(columns, table.rows());
      double threshold = runtime.manifest().output().threshold();
      double value = metric.value(request.task(), labels, scores, threshold, beside);
      if (!Double.isFinite(value)) {
        throw Failures.of(
            FailureType.DATA_INVALID,
            "validation: "
                + metric.word()
                + " of trial "
                + trial.trial()
                + " is not a number (expected: finite)");
      }
      return new Scored(trial, scores, threshold, value);
    }
  }

  private static String sentence(
      Metrics metric,
      double[] labels,
      List<Scored> trials,
      Scored leader,
      Scored winner,
      PairedBootstrap.@org.jspecify.annotations.Nullable Interval tie) {
    if (tie == null) {
      boolean smallest = trials.stream().allMatch(t -> t.weights() >= leader.weights());
      return winner.name()
          + " has the best "
          + value(metric, winner)
          + " of "
          + trials.size()
          + " trials"
          + rows(labels)
          + (smallest
              ? ", and none has fewer weights."
              : ", and no trial with fewer weights is as good by paired bootstrap.");
    }
    return winner.name()
        + " wins with "
        + winner.weights()
        + " weights and "
        + value(metric, winner)
        + ": "
        + leader.name()
        + " with "
        + leader.weights()
        + " weights and "
        + value(metric, leader)
        + " is not better beyond chance"
        + rows(labels)
        + String.format(
            Locale.ROOT,
            " (paired difference %.4f to %.4f, 95 %%), so fewer weights decide.",
            tie.low(),
            tie.high());
  }

  private static String value(Metrics metric, Scored scored) {
    return String.format(Locale.ROOT, "%s %.4f", metric.word(), scored.value());
  }

  private static String rows(double[] labels) {
    return " on " + labels.length + " validation rows";
  }
}
