package io.millrace.workflows.port.watch;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at what an endpoint predicted. */
@ActivityInterface(namePrefix = "Watch")
public interface WatchActivities {
  /**
   * Compares the window's Profiles with the reference's and writes the report beside the log. A
   * window is checked once: a repeat with the same {@code key} answers the same report. Heartbeats.
   */
  DriftReport check(DriftRequest request);

  /**
   * @param at the check's nominal time: nothing later is looked at @param key idempotency key
   */
  record DriftRequest(String model, Instant at, String key) {}

  /** State of a check or of a window. */
  enum State {
    /** There is no champion to watch. */
    NO_MODEL,
    /** Too few rows in the window. */
    NO_DATA,
    STABLE,
    DRIFTED
  }

  /**
   * @param windows in time order; with windows by time exactly one, with windows by rows every
   *     complete one since the last check, perhaps none
   * @param reportKey the HTML in the store; null when nothing was looked at
   * @param silentSince the last prediction, in the first check that finds that they stopped coming;
   *     null in every other
   * @param remarks what kept it from seeing everything; empty when nothing did
   */
  record DriftReport(
      String model,
      @Nullable ModelRef version,
      State state,
      Instant at,
      List<WindowReport> windows,
      @Nullable String reportKey,
      @Nullable Instant silentSince,
      List<Remark> remarks) {
    public DriftReport {
      remarks = Checks.list(remarks);
    }

    /** Of a check that saw everything. */
    public DriftReport(
        String model,
        @Nullable ModelRef version,
        State state,
        Instant at,
        List<WindowReport> windows,
        @Nullable String reportKey,
        @Nullable Instant silentSince) {
      this(model, version, state, at, windows, reportKey, silentSince, List.of());
    }
  }

  /**
   * Something that a person should know of a check beside its verdicts.
   *
   * @param kind {@link #LOG}, {@link #CLOCK}, {@link #REFERENCE}, {@link #LABELS} or {@link
   *     #LABEL_FILE}
   */
  record Remark(String kind, String sentence) {
    /** A part of the prediction log is not whole. */
    public static final String LOG = "log";

    /** A part is dated in the time to come. */
    public static final String CLOCK = "clock";

    /** A watched column has nothing to be compared with. */
    public static final String REFERENCE = "reference";

    /** Labels that were due have not come. */
    public static final String LABELS = "labels";

    /** A file of {@code watch.labels.from}, or all of it, cannot be read. */
    public static final String LABEL_FILE = "label-file";
  }

  /**
   * @param firstRow 1-based position of the window's first row in the version's log
   * @param columns every column's verdict, drifted ones first, by their estimated effect on the
   *     model where that is known
   * @param realised metric of the rows whose labels came; null when none did
   * @param labelled rows with a label
   * @param qualityBroken the realised metric is below the floor
   * @param multivariate what is said of all columns together; empty where it is not asked for
   * @param estimates of metrics, without labels; empty where the task has none
   */
  record WindowReport(
      Instant from,
      Instant to,
      long firstRow,
      long rows,
      State state,
      List<ColumnVerdict> columns,
      @Nullable Metric realised,
      long labelled,
      boolean qualityBroken,
      String sentence,
      List<MultivariateVerdict> multivariate,
      List<Estimate> estimates) {
    public WindowReport {
      multivariate = Checks.list(multivariate);
      estimates = Checks.list(estimates);
    }

    /** Of columns and labels alone. */
    public WindowReport(
        Instant from,
        Instant to,
        long firstRow,
        long rows,
        State state,
        List<ColumnVerdict> columns,
        @Nullable Metric realised,
        long labelled,
        boolean qualityBroken,
        String sentence) {
      this(
          from,
          to,
          firstRow,
          rows,
          state,
          columns,
          realised,
          labelled,
          qualityBroken,
          sentence,
          List.of(),
          List.of());
    }

    /** The same with other verdicts on the same columns. */
    public WindowReport with(List<ColumnVerdict> verdicts) {
      return new WindowReport(
          from,
          to,
          firstRow,
          rows,
          state,
          verdicts,
          realised,
          labelled,
          qualityBroken,
          sentence,
          multivariate,
          estimates);
    }

    /** Names of the drifted columns. */
    public List<String> drifted() {
      return columns.stream().filter(ColumnVerdict::drifted).map(ColumnVerdict::column).toList();
    }
  }

  /**
   * @param column a feature's name, or {@code prediction} for the score
   * @param test {@code ks} or {@code chi-squared}
   * @param pValue of the test; null when it could not be computed
   * @param adjusted Benjamini-Hochberg
   * @param psi population stability index
   * @param missing share of missing values in the window, 0..1
   * @param missingReference the same in the reference
   * @param measure of the effect size that decides: {@code wasserstein} (in standard deviations of
   *     the reference), {@code jensen-shannon}, {@code ks}, {@code cramers-v} or {@code psi}; null
   *     in reports of releases that knew PSI alone
   * @param effect its value, 0 or more; null with {@code measure}
   * @param threshold least effect that counts; null with {@code measure}
   * @param rows values of the window that were compared; null with {@code measure}
   * @param rowsReference the same of the reference; null with {@code measure}
   * @param impactMetric of {@code impact}; null where it was not estimated
   * @param impact by how much the estimated metric is changed by the column's not being what it
   *     was, in the metric's units; null where it was not estimated
   */
  record ColumnVerdict(
      String column,
      String test,
      double statistic,
      @Nullable Double pValue,
      @Nullable Double adjusted,
      double psi,
      double missing,
      double missingReference,
      boolean drifted,
      String sentence,
      @Nullable String measure,
      @Nullable Double effect,
      @Nullable Double threshold,
      @Nullable Long rows,
      @Nullable Long rowsReference,
      @Nullable String impactMetric,
      @Nullable Double impact) {
    /** Without an estimated effect on the model. */
    public ColumnVerdict(
        String column,
        String test,
        double statistic,
        @Nullable Double pValue,
        @Nullable Double adjusted,
        double psi,
        double missing,
        double missingReference,
        boolean drifted,
        String sentence,
        @Nullable String measure,
        @Nullable Double effect,
        @Nullable Double threshold,
        @Nullable Long rows,
        @Nullable Long rowsReference) {
      this(
          column,
          test,
          statistic,
          pValue,
          adjusted,
          psi,
          missing,
          missingReference,
          drifted,
          sentence,
          measure,
          effect,
          threshold,
          rows,
          rowsReference,
          null,
          null);
    }

    /** The same with its estimated effect on the model. */
    public ColumnVerdict with(String metric, double change) {
      return new ColumnVerdict(
          column,
          test,
          statistic,
          pValue,
          adjusted,
          psi,
          missing,
          missingReference,
          drifted,
          sentence,
          measure,
          effect,
          threshold,
          rows,
          rowsReference,
          metric,
          change);
    }

    /** As releases that knew PSI alone wrote it. */
    public ColumnVerdict(
        String column,
        String test,
        double statistic,
        @Nullable Double pValue,
        @Nullable Double adjusted,
        double psi,
        double missing,
        double missingReference,
        boolean drifted,
        String sentence) {
      this(
          column,
          test,
          statistic,
          pValue,
          adjusted,
          psi,
          missing,
          missingReference,
          drifted,
          sentence,
          null,
          null,
          null,
          null,
          null);
    }
  }

  /**
   * What all columns together say.
   *
   * @param method {@code attribution} (by which columns the model goes; the effect is 1 - NDCG of
   *     their ranking), {@code pca} (error of rebuilding rows from the reference's principal
   *     components) or {@code classifier} (how well a model tells the window's rows from the
   *     reference's)
   * @param effect of {@code pca}: Cohen's d of the error; of {@code classifier}: ROC AUC, 0.5 for
   *     nothing to tell
   * @param threshold the effect from which it counts
   * @param pValue of the difference
   * @param rows of the window that were looked at, a bounded sample
   * @param rowsReference the same of the reference
   */
  record MultivariateVerdict(
      String method,
      double effect,
      double threshold,
      double pValue,
      long rows,
      long rowsReference,
      boolean drifted,
      String sentence) {}

  /**
   * A metric without labels, if the way the world answers has not changed.
   *
   * @param metric with its interval of three standard errors; null when it could not be computed
   * @param trustworthy false where a condition does not hold; the sentence says which
   */
  record Estimate(@Nullable Metric metric, boolean trustworthy, String sentence) {}
}
