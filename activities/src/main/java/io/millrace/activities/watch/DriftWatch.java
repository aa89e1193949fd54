package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.DriftLog.Cursor;
import io.millrace.activities.watch.DriftLog.Entry;
import io.millrace.activities.watch.DriftLog.Head;
import io.millrace.activities.watch.DriftLog.Pending;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.watch.WatchActivities;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks a model's endpoint for drift from the Profiles that its servers wrote beside the
 * prediction log; rows are read only for the realised metric.
 *
 * <p>Each check appends to the endpoint's drift log, which holds the report and how far the log was
 * looked at. With windows by rows every part is looked at once, whatever checks run beside each
 * other: who appends second starts again from what the first left. A new champion starts from its
 * own first row, because logs are by version; one that comes back goes on where it was.
 *
 * <p>A window is {@code DRIFTED} when at least one watched column or the score drifted: with an
 * effect size and a false discovery rate a single strong column is worth a look in a table of 25.
 * Evidently's dataset verdict, the share of drifted columns, is in the window's sentence.
 *
 * <p>Labels mostly come after a window was checked. Such windows are kept pending, {@value
 * #PENDING} at most, and reported again, without columns, once enough labels came.
 */
public final class DriftWatch implements WatchActivities {
  private static final int PENDING = 50;

  /** Verdicts of one check: some 300 bytes each, which keeps the report far below 2 MB. */
  private static final int VERDICTS = 1_000;

  private static final int RACES = 50;

  private final ObjectStore store;
  private final Labels labels;
  private final BeyondColumns beyond;

  /** Looks at Profiles and labels alone. */
  public DriftWatch(ObjectStore store) {
    this(store, null);
  }

  /**
   * @param scratch where datasets and packages are kept, for drift of all columns together and
   *     metrics without labels; null for neither
   */
  public DriftWatch(ObjectStore store, @Nullable Path scratch) {
    this.store = store;
    this.labels = new Labels(store, InstantSource.system());
    this.beyond = new BeyondColumns(store, scratch);
  }

  @Override
  public DriftReport check(DriftRequest request) {
    DriftLog log = new DriftLog(store, request.model());
    for (int i = 0; i < RACES; i++) {
      Head head = log.head();
      Optional<DriftReport> done = log.find(request.key(), head.seq());
      if (done.isPresent()) {
        return done.get();
      }
      Entry entry = look(request, log, head);
      if (log.append(head.seq(), entry)) {
        return entry.report();
      }
    }
    throw Failures.of(
        FailureType.STORE_UNAVAILABLE,
        "drift log of " + request.model() + ": lost " + RACES + " races (expected: to append)");
  }

  private Entry look(DriftRequest request, DriftLog log, Head head) {
    Entry before = head.entry();
    Map<Integer, Cursor> cursors =
        before == null ? new HashMap<>() : new HashMap<>(before.cursors());
    List<Pending> pending = before == null ? List.of() : before.pending();
    int filesBefore = before == null ? 0 : before.labelFiles();
    Optional<WatchedVersion> champion = WatchedVersion.champion(store, request.model());
    if (champion.isEmpty()) {
      DriftReport report =
          new DriftReport(
              request.model(), null, State.NO_MODEL, request.at(), List.of(), null, null);
      return new Entry(request.key(), report, cursors, pending, filesBefore);
    }
    WatchedVersion version = champion.get();
    WatchSpec watch = version.spec().watch();
    Profile reference = version.reference(store);
    List<Window> windows = windows(request, version, reference, cursors);
    int files = watch.labels() == null ? 0 : labels.files(request.model());

    List<WindowReport> reports = new ArrayList<>();
    List<Pending> waiting = new ArrayList<>();
    int number = version.ref().version();
    for (Pending old : pending) {
      if (old.version() != number) {
        // another version's quality is no news about the champion
        continue;
      }
      Realised realised =
          files == filesBefore ? Realised.NONE : realised(version, old.parts(), old.rows());
      if (enough(realised, old.rows(), watch)) {
        reports.add(WindowReports.labelled(old, realised));
      } else {
        waiting.add(old);
      }
    }
    LoggedTime logged = new LoggedTime(store, request.model(), number, DriftWatch::heartbeat);
    List<Profile> references = new ArrayList<>();
    EffectChoice choice = EffectChoice.of(watch.drift());
    for (Window window : windows) {
      Profile against =
          ReferenceWindow.of(logged, watch.reference(), window, reference)
              .orElseGet(() -> Profile.empty(List.of()));
      if (against != reference) {
        // thresholds that were learned are another reference's
        choice = EffectChoice.of(watch.drift());
      }
      references.add(against);
      Realised realised =
          files == 0 ? Realised.NONE : realised(version, window.parts(), window.rows());
      BeyondColumns.Said said =
          window.rows() < watch.window().minRows()
              ? BeyondColumns.Said.NOTHING
              : beyond.of(version, window, reference, DriftWatch::heartbeat);
      WindowReport found = WindowReports.of(window, against, watch, choice, realised, said);
      reports.add(beyond.ranked(version, window, found, DriftWatch::heartbeat));
      if (watch.labels() != null
          && watch.window().rows() != null
          && !enough(realised, window.rows(), watch)) {
        waiting.add(
            new Pending(
                number,
                window.from(),
                window.to(),
                window.firstRow(),
                window.rows(),
                window.parts()));
      }
    }
    String page = null;
    if (windows.stream().anyMatch(w -> w.profile() != null)) {
      page = log.page(request.key()) + ".html";
    }
    DriftReport report =
        new DriftReport(
            request.model(),
            version.ref(),
            state(reports),
            request.at(),
            reports,
            page,
            silence(request, version, before));
    DriftHistory history = DriftHistory.of(store, log, head.seq(), report);
    DriftPages pages = new DriftPages(store);
    if (page != null) {
      pages.write(
          page, new DriftPage(report, references, windows, watch, history), report, history);
    }
    pages.tell(log.last(head.seq(), DriftPages.BACK), history);
    List<Pending> kept = waiting.subList(Math.max(0, waiting.size() - PENDING), waiting.size());
    return new Entry(request.key(), report, cursors, kept, files);
  }

  private List<Window> windows(
      DriftRequest request,
      WatchedVersion version,
      Profile reference,
      Map<Integer, Cursor> cursors) {
    WatchSpec.WindowSpec spec = version.spec().watch().window();
    Integer rows = spec.rows();
    if (rows == null) {
      Duration last = spec.last() == null ? Duration.ofDays(1) : spec.last();
      LoggedTime log =
          new LoggedTime(store, request.model(), version.ref().version(), DriftWatch::heartbeat);
      return List.of(Window.last(log, last, request.at()));
    }
    LogParts parts = new LogParts(store, request.model(), version.ref().version());
    int most = Math.max(1, VERDICTS / Math.max(1, reference.columns().size()));
    Cursor cursor = cursors.getOrDefault(version.ref().version(), Cursor.START);
    Window.Chunks chunks =
        Window.chunks(store, parts, cursor, rows, most, request.at(), DriftWatch::heartbeat);
    cursors.put(version.ref().version(), chunks.cursor());
    return chunks.windows();
  }

  private Realised realised(WatchedVersion version, List<String> parts, long rows) {
    WatchSpec.LabelsSpec spec = version.spec().watch().labels();
    if (spec == null) {
      return Realised.NONE;
    }
    heartbeat("labels");
    List<LoggedPredictions.Logged> logged = new LoggedPredictions(store).read(parts);
    Set<String> entities =
        logged.stream().map(LoggedPredictions.Logged::entity).collect(Collectors.toSet());
    heartbeat("labels");
    return Realised.of(version, spec, logged, labels.of(version.ref().name(), entities), rows);
  }

  /** Enough labels to judge by: as many as a window needs rows, or one for every row. */
  private static boolean enough(Realised realised, long rows, WatchSpec watch) {
    return realised.labelled() >= Math.min(rows, Math.max(1, watch.window().minRows()));
  }

  /**
   * When the last prediction came, at the first check that finds none for as long as a window
   * lasts; null at every other one, and when there has never been one.
   */
  private @Nullable Instant silence(
      DriftRequest request, WatchedVersion version, @Nullable Entry before) {
    Duration last = version.spec().watch().window().last();
    Duration patience = last == null ? Duration.ofDays(1) : last;
    Instant newest =
        new LogParts(store, request.model(), version.ref().version())
            .newest(request.at())
            .map(LogPart::to)
            .orElse(null);
    if (newest == null || !newest.plus(patience).isBefore(request.at())) {
      return null;
    }
    boolean said = before != null && newest.plus(patience).isBefore(before.report().at());
    return said ? null : newest;
  }

  private static State state(List<WindowReport> windows) {
    if (windows.stream().anyMatch(w -> w.state() == State.DRIFTED)) {
      return State.DRIFTED;
    }
    return windows.stream().anyMatch(w -> w.state() == State.STABLE) ? State.STABLE : State.NO_DATA;
  }

  /** Outside an activity (the command line, a test) nobody listens. */
  private static void heartbeat(String detail) {
    try {
      Activity.getExecutionContext().heartbeat(detail);
    } catch (IllegalStateException e) {
      return;
    }
  }
}
