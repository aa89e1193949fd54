package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.estimate.ConfidenceEstimate;
import io.millrace.activities.watch.estimate.Coverage;
import io.millrace.activities.watch.estimate.LossEstimate;
import io.millrace.activities.watch.multivariate.MultivariateDrift;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.WatchSpec.DriftSpec;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a window says beyond its columns one by one: drift of all of them together, and metrics to
 * expect. Both need held-out rows of the dataset, which are read and learned from once per version
 * and process, a few versions being kept. Thread-safe.
 */
final class BeyondColumns {
  /** Versions whose rows are kept; a worker watches few models at once. */
  private static final int KEPT = 4;

  private final ObjectStore store;
  private final @Nullable Path scratch;
  private final WindowSource rows;
  private final Labels labels;
  private final Map<String, Learned> learned = new LinkedHashMap<>();

  /**
   * @param multivariate verdicts on all columns together
   * @param estimates metrics without labels
   */
  record Said(List<MultivariateVerdict> multivariate, List<Estimate> estimates) {
    static final Said NOTHING = new Said(List.of(), List.of());
  }

  /**
   * @param heldOut null when it cannot be read; {@code problem} says why then
   */
  private record Learned(
      @Nullable HeldOutRows heldOut,
      @Nullable ConfidenceEstimate classes,
      @Nullable LossEstimate values,
      String problem) {}

  /** Reads raw rows of windows itself. */
  BeyondColumns(ObjectStore store, @Nullable Path scratch) {
    this(store, scratch, WindowSource.of(store, null));
  }

  /**
   * @param scratch where datasets and packages are kept; null to say nothing beyond columns
   * @param rows reads raw rows of windows
   */
  BeyondColumns(ObjectStore store, @Nullable Path scratch, WindowSource rows) {
    this.store = store;
    this.scratch = scratch;
    this.rows = rows;
    this.labels = new Labels(store, InstantSource.system());
  }

  Said of(WatchedVersion version, Window window, Profile reference, Consumer<String> progress) {
    Profile profile = window.profile();
    if (scratch == null || profile == null) {
      return Said.NOTHING;
    }
    progress.accept("held-out rows");
    Learned known = learned(version, scratch);
    DriftSpec settings = version.spec().watch().drift();
    boolean together = Boolean.TRUE.equals(settings.multivariate());
    HeldOutRows heldOut = known.heldOut();
    if (heldOut == null) {
      return new Said(List.of(), List.of(new Estimate(null, false, known.problem())));
    }
    Optional<String> uncovered = Coverage.problem(reference, profile);
    List<Estimate> estimates = new ArrayList<>();
    ConfidenceEstimate classes = known.classes();
    if (classes != null
        && profile.column(ColumnDrift.PREDICTION).orElse(null) instanceof NumberProfile scores) {
      estimates.add(classes.accuracy(scores, uncovered));
      if (version.spec().task().scored() == Task.BINARY) {
        estimates.add(classes.rocAuc(scores, uncovered));
      }
    }
    LossEstimate values = known.values();
    if (!together && values == null && settings.attribution() == null) {
      return new Said(List.of(), estimates);
    }
    WindowRows sample = rows.read(version, window, MultivariateDrift.ROWS, progress);
    if (values != null) {
      estimates.add(values.of(sample.rows(), sample.scores(), window.rows(), uncovered));
    }
    List<MultivariateVerdict> verdicts = new ArrayList<>();
    if (together) {
      verdicts.addAll(
          MultivariateDrift.verdicts(
              heldOut.few(MultivariateDrift.ROWS).rows(),
              sample.rows(),
              settings.effect(),
              settings.fdr()));
    }
    Double least = settings.attribution();
    if (least != null) {
      progress.accept("attribution");
      try (ServedVersion model = ServedVersion.open(store, scratch, version)) {
        new WindowAttribution(version, heldOut, labels)
            .verdict(sample, model, least, settings.fdr())
            .ifPresent(verdicts::add);
      }
    }
    return new Said(verdicts, estimates);
  }

  /**
   * The report with its columns by their estimated effect on the model, which each has beside it;
   * as it is where nothing can be estimated.
   */
  WindowReport ranked(
      WatchedVersion version, Window window, WindowReport report, Consumer<String> progress) {
    if (scratch == null || report.drifted().isEmpty()) {
      return report;
    }
    Learned known = learned(version, scratch);
    HeldOutRows heldOut = known.heldOut();
    if (heldOut == null) {
      return report;
    }
    WindowRows sample =
        rows.read(
            version,
            window,
            WindowAttribution.rows(version.manifest().features().size()),
            progress);
    try (ServedVersion model = ServedVersion.open(store, scratch, version)) {
      return new WindowAttribution(version, heldOut, labels)
          .ranked(report, sample, model, known.classes(), known.values(), progress);
    }
  }

  private Learned learned(WatchedVersion version, Path folder) {
    synchronized (learned) {
      Learned known = learned.get(version.ref().toString());
      if (known == null) {
        known = learn(version, folder);
        if (learned.size() == KEPT) {
          learned.remove(learned.keySet().iterator().next());
        }
        learned.put(version.ref().toString(), known);
      }
      return known;
    }
  }

  private Learned learn(WatchedVersion version, Path folder) {
    HeldOutRows held;
    try {
      held = HeldOutRows.read(store, folder, version);
    } catch (ApplicationFailure e) {
      if (e.getType().equals(FailureType.STORE_UNAVAILABLE.name())) {
        throw e;
      }
      return new Learned(
          null,
          null,
          null,
          "Nothing is estimated: the rows that the version was tested on cannot be read ("
              + e.getOriginalMessage()
              + ").");
    }
    Task task = version.spec().task().scored();
    return task == Task.REGRESSION
        ? new Learned(held, null, LossEstimate.fit(held.rows(), held.scores(), held.truth()), "")
        : new Learned(
            held,
            ConfidenceEstimate.fit(
                held.scores(),
                held.truth(),
                task == Task.BINARY ? version.manifest().output().threshold() : Double.NaN),
            null,
            "");
  }
}
