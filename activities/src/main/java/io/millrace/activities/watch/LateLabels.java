package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.DriftLog.Pending;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.spec.WatchSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Labels mostly come after a window was checked. Windows by rows wait for them, {@value #PENDING}
 * at most, and are reported again, without columns, once enough came. With a {@code delay}, by
 * which labels are promised, windows by time are measured that much later, and labels that were due
 * and did not come at all are remarked: quality is unknown then, neither good nor broken.
 */
final class LateLabels {
  private static final int PENDING = 50;

  private final Labels labels;
  private final LoggedPredictions logged;
  private final WatchedVersion version;
  private final WatchSpec watch;
  private final PartMender mender;
  private final Instant at;
  private final Consumer<String> progress;
  private final int files;
  private final boolean more;

  private final List<WindowReport> reports = new ArrayList<>();
  private final List<Pending> waiting = new ArrayList<>();
  private final List<Remark> remarks = new ArrayList<>();

  /**
   * @param filesBefore label files at the check before: without more of them nothing can have
   *     changed
   * @param progress told each step
   */
  LateLabels(
      ObjectStore store,
      Labels labels,
      WatchedVersion version,
      PartMender mender,
      Instant at,
      int filesBefore,
      Consumer<String> progress) {
    this.labels = labels;
    this.logged = new LoggedPredictions(store);
    this.version = version;
    this.watch = version.spec().watch();
    this.mender = mender;
    this.at = at;
    this.progress = progress;
    this.files = watch.labels() == null ? 0 : labels.files(version.ref().name());
    this.more = files != filesBefore;
  }

  /** Label files there are; 0 when nobody asks for labels. */
  int files() {
    return files;
  }

  /** Windows of earlier checks that could be measured now. */
  List<WindowReport> reports() {
    return List.copyOf(reports);
  }

  /** What waits for the next check, oldest first. */
  List<Pending> waiting() {
    return List.copyOf(waiting.subList(Math.max(0, waiting.size() - PENDING), waiting.size()));
  }

  List<Remark> remarks() {
    return List.copyOf(remarks);
  }

  /** What else is to be said of labels. */
  void remark(List<Remark> more) {
    remarks.addAll(more);
  }

  /** Looks again at windows by rows that wait; another version's are no news about this one. */
  void again(List<Pending> pending) {
    for (Pending old : pending) {
      if (old.version() != version.ref().version()) {
        continue;
      }
      Realised realised = more ? of(old.parts(), old.rows()) : Realised.NONE;
      if (enough(realised, old.rows())) {
        reports.add(WindowReports.labelled(old, realised));
      } else {
        waiting.add(old);
        due(old.to(), old.rows(), realised);
      }
    }
  }

  /** Measures the window by time whose labels are due now. */
  void matured(LogParts parts, Duration last) {
    Optional<Duration> delay = delay();
    if (delay.isEmpty()) {
      return;
    }
    Window window = Window.last(parts.time(progress), last, at.minus(delay.get()));
    if (window.rows() < Math.max(1, watch.window().minRows())) {
      return;
    }
    Realised realised = of(window.parts(), window.rows());
    due(window.to(), window.rows(), realised);
    if (realised.labelled() > 0) {
      reports.add(
          WindowReports.labelled(
              new Pending(
                  version.ref().version(),
                  window.from(),
                  window.to(),
                  window.firstRow(),
                  window.rows(),
                  window.parts()),
              realised));
    }
  }

  /** What is known of a window that is looked at for the first time. */
  Realised first(Window window) {
    boolean byRows = watch.window().rows() != null;
    if (!byRows && delay().isPresent()) {
      return Realised.NONE;
    }
    Realised realised = of(window.parts(), window.rows());
    if (watch.labels() != null && byRows && !enough(realised, window.rows())) {
      waiting.add(
          new Pending(
              version.ref().version(),
              window.from(),
              window.to(),
              window.firstRow(),
              window.rows(),
              window.parts()));
    }
    return realised;
  }

  private void due(Instant to, long rows, Realised realised) {
    Duration delay = delay().orElse(null);
    if (delay != null && realised.labelled() == 0 && !to.plus(delay).isAfter(at)) {
      remarks.add(
          new Remark(
              Remark.LABELS,
              "no label has come for %s rows up to %s, due since %s: quality is unknown"
                  .formatted(Numbers.count(rows), to, to.plus(delay))));
    }
  }

  private Optional<Duration> delay() {
    return Optional.ofNullable(watch.labels()).map(WatchSpec.LabelsSpec::delay);
  }

  private Realised of(List<String> parts, long rows) {
    WatchSpec.LabelsSpec spec = watch.labels();
    if (spec == null || files == 0) {
      return Realised.NONE;
    }
    progress.accept("labels");
    List<LoggedPredictions.Logged> answers = logged.read(parts, mender::damaged);
    Set<String> entities =
        answers.stream().map(LoggedPredictions.Logged::entity).collect(Collectors.toSet());
    progress.accept("labels");
    return Realised.of(version, spec, answers, labels.of(version.ref().name(), entities), rows);
  }

  /** Enough labels to judge by: as many as a window needs rows, or one for every row. */
  private boolean enough(Realised realised, long rows) {
    return realised.labelled() >= Math.min(rows, Math.max(1, watch.window().minRows()));
  }
}
