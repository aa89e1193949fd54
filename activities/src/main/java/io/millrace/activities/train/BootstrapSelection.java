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

/**
 * Chooses by what each package scores on the validation split, through the runtime that serves. The
 * best value leads; a trial whose paired difference to the leader has a 95 % bootstrap interval
 * that reaches 0 is as good, and of those the fewest weights win, then the faster one, then the
 * better value. Time is measured only between trials with equally few weights, and only a clear
 * difference counts; equal requests that need no clock give equal answers, and the journal keeps
 * the first one of the others.
 */
public final class BootstrapSelection implements SelectActivities {
  private static final int ROUNDS = 7;

  /** Single rows in a round: a few milliseconds, so that a pause of the collector is one round. */
  private static final int CALLS = 200;

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
      return new Selection(leader.trial(), new ContestWords(metric, labels.length).only(leader));
    }
    Contest contest =
        new Contest(
            trials,
            leader,
            request.objective().maximise(),
            new PairedBootstrap(request.task(), metric, labels, beside, request.seed(), alive)
                .against(leader.scores(), leader.threshold()),
            trial -> milliseconds(trial, table, alive));
    Contest.Won won = contest.won();
    return new Selection(won.winner().trial(), new ContestWords(metric, labels.length).of(won));
  }

  /** Of one row on the runtime that serves: the median of several rounds, each a mean. */
  private double milliseconds(Scored scored, Table table, Runnable alive) {
    PackageRef model = scored.trial().model();
    try (ModelRuntime runtime = ModelRuntime.open(packages.fetch(model.prefix(), model.digest()))) {
      List<Object> columns = columns(runtime, table);
      double[] rounds = new double[ROUNDS];
      // the first is for the compiler
      for (int round = -1; round < ROUNDS; round++) {
        alive.run();
        long from = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
          runtime.score(columns, 1);
        }
        if (round >= 0) {
          rounds[round] = (System.nanoTime() - from) / 1e6 / CALLS;
        }
      }
      java.util.Arrays.sort(rounds);
      return rounds[ROUNDS / 2];
    }
  }

  /** A trial with what its package scores. */
  record Scored(TrialResult trial, float[] scores, double threshold, double value) {
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
      List<Object> columns = columns(runtime, table);
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

  private static List<Object> columns(ModelRuntime runtime, Table table) {
    List<Object> columns = new ArrayList<>();
    for (Feature feature : runtime.manifest().features()) {
      columns.add(
          feature.kind() == Feature.Kind.NUMBER
              ? table.numbers(feature.name())
              : table.categories(feature.name()));
    }
    return columns;
  }
}
