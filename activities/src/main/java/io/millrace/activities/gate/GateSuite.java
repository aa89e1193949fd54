package io.millrace.activities.gate;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.CalibrationError;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Task;
import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures a package on the test split with {@link ModelRuntime}, which also serves it, and judges
 * every declared gate but approvals, and that all runtimes agree. Equal requests give equal
 * reports, times apart.
 */
public final class GateSuite implements GateActivities {
  private final Packages packages;
  private final DatasetScorer scorer;
  private final List<TargetMeter> meters;

  /**
   * @param meters of the targets whose endpoints do not run what this process runs
   */
  public GateSuite(ObjectStore store, Path scratch, List<TargetMeter> meters) {
    this.meters = List.copyOf(meters);
    this.packages = new Packages(store, scratch);
    this.scorer = new DatasetScorer(store, scratch);
  }

  @Override
  public GateReport evaluate(GateRequest request) {
    Path folder = packages.fetch(request.model().prefix(), request.model().digest());
    try (Beat beat = new Beat(Activity.getExecutionContext(), "reading");
        ModelRuntime runtime = DatasetScorer.open(folder)) {
      DatasetManifest dataset = scorer.manifest(request.dataset());
      DatasetScorer.problem(runtime.manifest(), dataset)
          .ifPresent(
              why -> {
                throw Failures.of(
                    FailureType.INVARIANT_BROKEN,
                    "package: " + request.model().digest() + ": " + why + " (expected: to fit)");
              });
      Table rows =
          scorer.rows(request.dataset(), DatasetManifest.TEST, columns(request, dataset, runtime));
      double[] labels = Datasets.labels(dataset, rows);
      beat.at("scoring");
      OnTarget target = new OnTarget(meters, request, folder);
      Beside beside = Beside.of(dataset, rows);
      Scored model = scored(runtime, dataset, rows, labels, beside);
      TestSplit evidence =
          new TestSplit(
              request.dataset(),
              rows,
              model,
              champion(request.champion(), request, dataset, labels, beside),
              runtime,
              folder,
              request.seed(),
              target,
              beat::check);
      beat.at("metrics");
      List<Metric> metrics = new ArrayList<>(metrics(evidence));
      List<Verdict> verdicts = new ArrayList<>();
      for (GateSpec spec : request.gates()) {
        Optional<Gate> gate = Gate.of(spec);
        if (gate.isPresent()) {
          beat.at(gate.get().name());
          verdicts.add(gate.get().judge(evidence));
        }
      }
      Gate runtimes = new RuntimesGate();
      beat.at(runtimes.name());
      verdicts.add(runtimes.judge(evidence));
      metrics.addAll(target.metrics());
      return new GateReport(verdicts, metrics, rows.rows());
    }
  }

  /** The model's columns, the target, and what gates slice by, as far as the dataset has them. */
  private static Set<String> columns(
      GateRequest request, DatasetManifest dataset, ModelRuntime runtime) {
    Set<String> names = new LinkedHashSet<>(DatasetScorer.columns(runtime.manifest()));
    names.add(dataset.target());
    names.addAll(dataset.beside());
    for (GateSpec gate : request.gates()) {
      if (gate instanceof GateSpec.WorstSlice slice) {
        slice.slice().by().forEach(by -> names.add(WorstSliceGate.column(by)));
      }
    }
    Set<String> there = new HashSet<>();
    dataset.columns().forEach(column -> there.add(column.name()));
    names.retainAll(there);
    return names;
  }

  private static Scored scored(
      ModelRuntime runtime, DatasetManifest dataset, Table rows, double[] labels, Beside beside) {
    return new Scored(
        dataset.task(),
        labels,
        DatasetScorer.score(runtime, rows),
        runtime.outputs(),
        runtime.manifest().output().threshold(),
        beside);
  }

  private Evidence.@Nullable Champion champion(
      @Nullable ModelRef version,
      GateRequest request,
      DatasetManifest dataset,
      double[] labels,
      Beside beside) {
    if (version == null) {
      return null;
    }
    try (ModelRuntime runtime =
        DatasetScorer.open(packages.fetch(version.prefix(), version.digest()))) {
      ModelManifest manifest = runtime.manifest();
      Optional<String> problem = DatasetScorer.problem(manifest, dataset);
      if (problem.isPresent()) {
        return new Evidence.Champion(version, null, problem.get());
      }
      Table rows =
          scorer.rows(request.dataset(), DatasetManifest.TEST, DatasetScorer.columns(manifest));
      return new Evidence.Champion(version, scored(runtime, dataset, rows, labels, beside), null);
    }
  }

  /**
   * Every metric of the task that is defined, with its central 95 % interval where there is one.
   */
  private static List<Metric> metrics(Evidence evidence) {
    Scored rows = evidence.model();
    if (rows.rows() == 0 || !rows.finite()) {
      return List.of();
    }
    List<String> names = WeightedMetrics.names(rows.task());
    List<WeightedMetric> measures =
        names.stream().map(name -> WeightedMetrics.of(name, rows).orElseThrow()).toList();
    List<Optional<Bootstrap.Distribution>> draws = evidence.bootstrap().all(measures, rows.rows());
    int[] once = WeightedMetrics.once(rows.rows());
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      double value = measures.get(i).value(once);
      if (Double.isFinite(value)) {
        metrics.add(
            new Metric(
                names.get(i),
                value,
                draws.get(i).map(d -> d.low(0.95)).orElse(null),
                draws.get(i).map(d -> d.high(0.95)).orElse(null),
                rows.rows()));
      }
    }
    seasonalNaive(rows).ifPresent(metrics::add);
    if (rows.task() == Task.BINARY) {
      // what a rollout goes by when it takes scores at their word
      double error = CalibrationError.of(rows.labels(), rows.scores());
      metrics.add(new Metric(CalibrationError.NAME, error, null, null, rows.rows()));
    }
    return metrics;
  }

  /**
   * How far repeating the value one season before is off: what {@code skill} is measured against.
   */
  private static Optional<Metric> seasonalNaive(Scored rows) {
    double[] naive = rows.beside().naive();
    if (naive == null) {
      return Optional.empty();
    }
    double sum = 0;
    int known = 0;
    for (int i = 0; i < naive.length; i++) {
      if (!Double.isNaN(naive[i])) {
        sum += Math.abs(naive[i] - rows.labels()[i]);
        known++;
      }
    }
    return known == 0
        ? Optional.empty()
        : Optional.of(new Metric("mae of seasonal-naive", sum / known, null, null, known));
  }
}
