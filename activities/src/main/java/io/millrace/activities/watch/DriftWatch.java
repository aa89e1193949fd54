package io.millrace.activities.watch;

import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Clients;
import io.millrace.activities.watch.DriftLog.Cursor;
import io.millrace.activities.watch.DriftLog.Entry;
import io.millrace.activities.watch.DriftLog.Head;
import io.millrace.activities.watch.DriftLog.Pending;
import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState;
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
 * <p>Parts of the log that are not whole are mended ({@link PartMender}), labels that come late are
 * waited for ({@link LateLabels}).
 */
public final class DriftWatch implements WatchActivities {
  /** Verdicts of one check: some 300 bytes each, which keeps the report far below 2 MB. */
  private static final int VERDICTS = 1_000;

  private static final int RACES = 50;

  /** In a report; a log that is broken all over says nothing more in its hundredth part. */
  private static final int REMARKS = 20;

  private final ObjectStore store;
  private final Labels labels;
  private final BeyondColumns beyond;
  private final InstantSource clock;

  /** Looks at Profiles and labels alone. */
  public DriftWatch(ObjectStore store) {
    this(store, null, (QueryEngine) null);
  }

  /**
   * @param scratch where datasets and packages are kept, for drift of all columns together and
   *     metrics without labels; null for neither
   * @param engine reads raw rows where the log lies; null for this process, from the parts
   */
  public DriftWatch(ObjectStore store, @Nullable Path scratch, @Nullable QueryEngine engine) {
    this(store, scratch, InstantSource.system(), engine);
  }

  /**
   * @param clock tells which parts of the log may still be being written
   */
  DriftWatch(ObjectStore store, @Nullable Path scratch, InstantSource clock) {
    this(store, scratch, clock, null);
  }

  DriftWatch(
      ObjectStore store,
      @Nullable Path scratch,
      InstantSource clock,
      @Nullable QueryEngine engine) {
    this.store = store;
    this.clock = clock;
    this.labels = new Labels(store, clock);
    this.beyond = new BeyondColumns(store, scratch, WindowSource.of(store, engine));
  }

  @Override
  public DriftReport check(DriftRequest request) {
    DriftLog log = new DriftLog(store, request.model());
    // what the first look mends, the next one finds whole
    Map<Integer, PartMender> menders = new HashMap<>();
    for (int i = 0; i < RACES; i++) {
      Head head = log.head();
      Optional<DriftReport> done = log.find(request.key(), head.seq());
      if (done.isPresent()) {
        return done.get();
      }
      Entry entry = look(request, log, head, menders);
      if (log.append(head.seq(), entry)) {
        return entry.report();
      }
    }
    throw Failures.of(
        FailureType.STORE_UNAVAILABLE,
        "drift log of " + request.model() + ": lost " + RACES + " races (expected: to append)");
  }

  private Entry look(
      DriftRequest request, DriftLog log, Head head, Map<Integer, PartMender> menders) {
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
    PartMender mender = menders.computeIfAbsent(version.ref().version(), v -> mender(version));
    LogParts parts = parts(version, mender);
    Profile reference = version.reference(store);
    List<Window> windows = windows(request, version, parts, reference, cursors);
    List<Remark> refused =
        new LabelFolder(store, labels, S3Clients::open).take(version, DriftWatch::heartbeat);
    LateLabels late = late(version, mender, request.at(), filesBefore);
    late.remark(refused);
    late.again(pending);
    Instant silent = silence(request, version, parts, before);
    String page = log.page(request.key()) + ".html";
    Found found = report(request, version, reference, parts, windows, late, page, silent);
    DriftHistory history = DriftHistory.of(store, log, head.seq(), found.report());
    DriftPages pages = new DriftPages(store);
    AlertState alerts = new AlertLog(store, request.model()).head();
    found.write(
        pages, history, DriftAlerts.of(alerts, DriftPages.began(found.report()), clock.instant()));
    pages.tell(log.last(head.seq(), DriftPages.BACK), history);
    return new Entry(request.key(), found.report(), cursors, late.waiting(), late.files());
  }

  /**
   * Looks at the time before a moment that is past, and keeps nothing but the page: no cursor moves
   * and no window waits for labels.
   *
   * @param version the champion of that moment
   * @param span the time before it
   * @param page key of the page, without the ending
   */
  DriftReport past(DriftRequest request, WatchedVersion version, Duration span, String page) {
    PartMender mender = mender(version);
    LogParts parts = parts(version, mender);
    List<Window> windows =
        List.of(Window.last(parts.time(DriftWatch::heartbeat), span, request.at()));
    LateLabels late = late(version, mender, request.at(), 0);
    Profile reference = version.reference(store);
    Found found = report(request, version, reference, parts, windows, late, page + ".html", null);
    DriftLog log = new DriftLog(store, request.model());
    found.write(new DriftPages(store), DriftHistory.of(store, log, 0, found.report()), null);
    return found.report();
  }

  /** A report and what its page is made of. */
  private record Found(
      DriftReport report, List<Profile> references, List<Window> windows, WatchSpec watch) {
    void write(DriftPages pages, DriftHistory history, @Nullable DriftAlerts alerts) {
      String key = report.reportKey();
      if (key != null) {
        DriftPage page = new DriftPage(report, references, windows, watch, history, alerts);
        pages.write(key, page, report, history, alerts);
      }
    }
  }

  private PartMender mender(WatchedVersion version) {
    return new PartMender(store, version.manifest().features(), clock);
  }

  private LogParts parts(WatchedVersion version, PartMender mender) {
    return new LogParts(store, version.ref().name(), version.ref().version(), mender);
  }

  private LateLabels late(WatchedVersion version, PartMender mender, Instant at, int filesBefore) {
    return new LateLabels(store, labels, version, mender, at, filesBefore, DriftWatch::heartbeat);
  }

  private Found report(
      DriftRequest request,
      WatchedVersion version,
      Profile reference,
      LogParts parts,
      List<Window> windows,
      LateLabels late,
      String page,
      @Nullable Instant silent) {
    WatchSpec watch = version.spec().watch();
    if (watch.window().rows() == null) {
      late.matured(parts, last(watch));
    }
    LoggedTime logged = parts.time(DriftWatch::heartbeat);
    List<Remark> remarks = new ArrayList<>();
    List<WindowReport> reports = new ArrayList<>();
    List<Profile> references = new ArrayList<>();
    EffectChoice choice = EffectChoice.of(watch.drift());
    Profile pinned = ReferenceWindow.pinned(store, watch.reference(), version, reference);
    for (Window window : windows) {
      Profile against =
          ReferenceWindow.of(logged, watch.reference(), window, pinned)
              .orElseGet(() -> Profile.empty(List.of()));
      if (against != pinned) {
        // thresholds that were learned are another reference's
        choice = EffectChoice.of(watch.drift());
      }
      references.add(against);
      BeyondColumns.Said said =
          window.rows() < watch.window().minRows()
              ? BeyondColumns.Said.NOTHING
              : beyond.of(version, window, reference, DriftWatch::heartbeat);
      WindowReport found =
          WindowReports.of(window, against, watch, choice, late.first(window), said);
      reports.add(beyond.ranked(version, window, found, DriftWatch::heartbeat));
      remarks.addAll(WindowReports.remarks(window, against, watch));
    }
    State state = state(reports.isEmpty() ? late.reports() : reports);
    reports.addAll(0, late.reports());
    remarks.addAll(late.remarks());
    remarks.addAll(parts.mender().remarks());
    boolean any = windows.stream().anyMatch(w -> w.profile() != null);
    DriftReport report =
        new DriftReport(
            request.model(),
            version.ref(),
            state,
            request.at(),
            reports,
            any ? page : null,
            silent,
            remarks.stream().distinct().limit(REMARKS).toList());
    return new Found(report, references, windows, watch);
  }

  private static List<Window> windows(
      DriftRequest request,
      WatchedVersion version,
      LogParts parts,
      Profile reference,
      Map<Integer, Cursor> cursors) {
    Integer rows = version.spec().watch().window().rows();
    if (rows == null) {
      Duration last = last(version.spec().watch());
      return List.of(Window.last(parts.time(DriftWatch::heartbeat), last, request.at()));
    }
    int most = Math.max(1, VERDICTS / Math.max(1, reference.columns().size()));
    Cursor cursor = cursors.getOrDefault(version.ref().version(), Cursor.START);
    Window.Chunks chunks =
        Window.chunks(parts, cursor, rows, most, request.at(), DriftWatch::heartbeat);
    cursors.put(version.ref().version(), chunks.cursor());
    return chunks.windows();
  }

  /** How long a window is, or of what time it is made where it has so many rows. */
  static Duration last(WatchSpec watch) {
    Duration last = watch.window().last();
    return last == null ? Duration.ofDays(1) : last;
  }

  /**
   * When the last prediction came, at the first check that finds none for as long as a window
   * lasts; null at every other one, and when there has never been one.
   */
  private static @Nullable Instant silence(
      DriftRequest request, WatchedVersion version, LogParts parts, @Nullable Entry before) {
    Duration patience = last(version.spec().watch());
    Instant newest = parts.newest(request.at()).map(LogPart::to).orElse(null);
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
  static void heartbeat(String detail) {
    try {
      Activity.getExecutionContext().heartbeat(detail);
    } catch (IllegalStateException e) {
      return;
    }
  }
}
