package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the checks of a model's champion found last, each until a later check can say otherwise: one
 * that sees too few rows, nothing new or labels alone takes nothing back of what was found before.
 * A new champion begins without; one that comes back has those it had.
 *
 * @param drift null while none of the last {@value #BACK} checks could judge the columns
 * @param quality null while none of them had labels to judge by
 */
public record StandingVerdicts(@Nullable Drift drift, @Nullable Quality quality) {
  /** Checks that are looked through, the newest first. */
  static final int BACK = 1_000;

  /** Read at a time. */
  private static final int SOME = 8;

  /** Windows whose sentences are repeated. */
  private static final int SENTENCES = 3;

  /**
   * Of the columns.
   *
   * @param at of the check
   * @param state {@code STABLE}, or {@code DRIFTED} when one of the check's windows was
   * @param columns that drifted
   * @param reportKey the check's page in the store; null when it has none
   */
  public record Drift(
      Instant at,
      ModelRef version,
      State state,
      List<String> columns,
      String sentence,
      @Nullable String reportKey) {
    public Drift {
      columns = Checks.list(columns);
    }
  }

  /**
   * Of the metric that came true.
   *
   * @param at of the check
   * @param realised over the rows whose labels came
   * @param labelled how many they are
   * @param broken whether it is below the floor
   */
  public record Quality(
      Instant at,
      ModelRef version,
      Metric realised,
      long labelled,
      boolean broken,
      String sentence) {}

  /** Of the model's champion; none without one. */
  public static StandingVerdicts of(ObjectStore store, String model) {
    Optional<ModelRef> champion = WatchedVersion.championRef(store, model);
    return champion
        .map(ref -> of(new DriftLog(store, model), ref))
        .orElseGet(() -> new StandingVerdicts(null, null));
  }

  private static StandingVerdicts of(DriftLog log, ModelRef champion) {
    Drift drift = null;
    Quality quality = null;
    long newest = log.head().seq();
    long oldest = Math.max(0, newest - BACK);
    for (long last = newest; last > oldest && (drift == null || quality == null); last -= SOME) {
      for (DriftReport report : log.last(last, SOME).reversed()) {
        if (champion.equals(report.version())) {
          drift = drift == null ? drift(report, champion) : drift;
          quality = quality == null ? quality(report, champion) : quality;
        }
      }
    }
    return new StandingVerdicts(drift, quality);
  }

  private static @Nullable Drift drift(DriftReport report, ModelRef champion) {
    List<WindowReport> judged =
        report.windows().stream().filter(window -> !window.columns().isEmpty()).toList();
    if (judged.isEmpty()) {
      return null;
    }
    List<WindowReport> drifted =
        judged.stream().filter(window -> window.state() == State.DRIFTED).toList();
    return new Drift(
        report.at(),
        champion,
        drifted.isEmpty() ? State.STABLE : State.DRIFTED,
        drifted.stream().flatMap(window -> window.drifted().stream()).distinct().sorted().toList(),
        sentence(drifted.isEmpty() ? judged : drifted),
        report.reportKey());
  }

  private static @Nullable Quality quality(DriftReport report, ModelRef champion) {
    Quality found = null;
    for (WindowReport window : report.windows()) {
      Metric realised = window.realised();
      if (realised != null && (window.qualityBroken() || found == null || !found.broken())) {
        found =
            new Quality(
                report.at(),
                champion,
                realised,
                window.labelled(),
                window.qualityBroken(),
                window.sentence());
      }
    }
    return found;
  }

  /** The newest ones', the oldest of them first. */
  private static String sentence(List<WindowReport> windows) {
    int left = Math.max(0, windows.size() - SENTENCES);
    String said =
        String.join(
            " ",
            windows.subList(left, windows.size()).stream().map(WindowReport::sentence).toList());
    return left == 0 ? said : said + " And " + left + " before.";
  }
}
