package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.alert.AlertBoard;
import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertRules;
import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.activities.watch.alert.AlertState.Volume;
import io.millrace.workflows.port.alert.AlertActivities;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.Review;
import io.millrace.workflows.port.schedule.ScheduleActivities.ScheduleCounts;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Holds checks against the alert rules; what is known is in the endpoint's {@link AlertLog}. */
public final class AlertWatch implements AlertActivities {
  private static final String MISSED = "missed";
  private static final String SKIPPED = "skipped";

  private final ObjectStore store;
  private final DeployActivities endpoints;
  private final InstantSource clock;

  /**
   * @param endpoints tells what versions served
   * @param clock tells what is muted, and how old a check is
   */
  public AlertWatch(ObjectStore store, DeployActivities endpoints, InstantSource clock) {
    this.store = store;
    this.endpoints = endpoints;
    this.clock = clock;
  }

  @Override
  public Judged judge(JudgeRequest request) {
    AlertLog log = new AlertLog(store, request.model());
    WatchedVersion version = champion(request);
    DriftReport report = request.failure() == null ? report(request) : null;
    AlertRules rules = AlertRules.of(version == null ? null : version.spec().watch());
    LogParts parts = version == null ? null : parts(request.model(), version);
    Instant newest =
        parts == null ? null : parts.newest(request.at()).map(LogPart::to).orElse(null);
    List<Level> levels =
        version == null || report == null
            ? List.of()
            : SloLevels.of(
                version,
                report,
                this::served,
                new OtherVersions(store, endpoints, clock).of(version, report),
                newest,
                request.at(),
                clock.instant());
    Instant made = version == null ? null : made(version);
    Volume volume = version == null || parts == null ? null : volume(log, version, parts, request);
    AlertState state =
        log.append(
            "check|" + request.key(),
            before -> {
              AlertBoard board = new AlertBoard(request.model(), rules, before, request.at());
              new CheckSigns(board, request).see(version, report, newest, made, levels);
              AlertState seen =
                  board.state(
                      "check|" + request.key(), before, report == null ? before.levels() : levels);
              return volume == null ? seen : with(seen, seen.counters(), volume);
            });
    new DriftPages(store)
        .judged(new DriftLog(store, request.model()), report, state, clock.instant());
    return judged(request.model(), version, state);
  }

  /** Null without one, and when it cannot be read, which the check has said already. */
  private @Nullable WatchedVersion champion(JudgeRequest request) {
    try {
      return WatchedVersion.champion(store, request.model()).orElse(null);
    } catch (ApplicationFailure unreadable) {
      if (request.failure() == null) {
        throw unreadable;
      }
      return null;
    }
  }

  private @Nullable DriftReport report(JudgeRequest request) {
    DriftLog log = new DriftLog(store, request.model());
    return log.find(request.key(), log.head().seq()).orElse(null);
  }

  private LogParts parts(String model, WatchedVersion version) {
    return new LogParts(
        store,
        model,
        version.ref().version(),
        new PartMender(store, version.manifest().features(), clock));
  }

  private List<VersionTraffic> served(String model, Instant since) {
    List<Integer> versions =
        endpoints.describe(new DescribeRequest(model)).weights().entrySet().stream()
            .filter(share -> share.getValue() > 0)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    return versions.isEmpty()
        ? List.of()
        : endpoints.observe(new ObserveRequest(model, versions, since)).versions();
  }

  /** Null while no rule of the spec asks how many rows came. */
  private @Nullable Volume volume(
      AlertLog log, WatchedVersion version, LogParts parts, JudgeRequest request) {
    if (version.spec().retraining().rows() == null) {
      return null;
    }
    int number = version.ref().version();
    Volume before = log.head().volume();
    if (before == null || before.version() != number) {
      before = new Volume(number, 0, Map.of());
    }
    Map<String, String> last = new HashMap<>(before.last());
    long rows = before.rows();
    DriftLog.Cursor cursor = new DriftLog.Cursor(rows, last);
    for (LogPart part : parts.after(cursor, request.at(), DriftWatch::heartbeat)) {
      rows += part.rows();
      last.put(LogPart.server(part.key()), part.key());
    }
    return new Volume(number, rows, last);
  }

  @Override
  public Judged judgeSchedules(SchedulesRequest request) {
    Review review = request.review();
    TreeSet<String> models = new TreeSet<>();
    review.lapses().forEach(lapse -> models.add(lapse.model()));
    review.counts().forEach(counts -> models.add(counts.model()));
    List<Notice> notices = new ArrayList<>();
    int open = 0;
    for (String model : models) {
      Judged one = schedule(model, request);
      notices.addAll(one.notices());
      open += one.open();
    }
    return new Judged(notices, open, null, null, open + " alerts open");
  }

  private Judged schedule(String model, SchedulesRequest request) {
    WatchedVersion version;
    try {
      version = WatchedVersion.champion(store, model).orElse(null);
    } catch (ApplicationFailure unreadable) {
      version = null;
    }
    AlertRules rules = AlertRules.of(version == null ? null : version.spec().watch());
    Optional<Lapse> lapse =
        request.review().lapses().stream().filter(l -> l.model().equals(model)).findFirst();
    Optional<ScheduleCounts> counts =
        request.review().counts().stream().filter(c -> c.model().equals(model)).findFirst();
    String key = "schedules|" + request.key();
    AlertState state =
        new AlertLog(store, model)
            .append(
                key,
                before -> {
                  AlertBoard board = new AlertBoard(model, rules, before, request.at());
                  String said = lapse.map(Lapse::sentence).orElse(more(before, counts));
                  board.see(
                      AlertRules.SCHEDULE,
                      "",
                      !said.isEmpty(),
                      said.isEmpty() ? "checks happen as they should" : said);
                  AlertState after =
                      with(
                          board.state(key, before, before.levels()),
                          counted(before, counts),
                          before.volume());
                  boolean same =
                      after.seen().equals(before.seen())
                          && after.alerts().equals(before.alerts())
                          && after.counters().equals(before.counters());
                  return same ? before : after;
                });
    return judged(model, version, state);
  }

  /** What a schedule has left out since the last look; empty when nothing, or at the first look. */
  private static String more(AlertState before, Optional<ScheduleCounts> counts) {
    if (counts.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    Long missed = before.counters().get(MISSED);
    if (missed != null && counts.get().missed() > missed) {
      parts.add(counts.get().missed() - missed + " checks were missed for good");
    }
    Long skipped = before.counters().get(SKIPPED);
    if (skipped != null && counts.get().skipped() > skipped) {
      parts.add(
          counts.get().skipped()
              - skipped
              + " checks were skipped because the one before still ran");
    }
    return String.join(", ", parts);
  }

  private static Map<String, Long> counted(AlertState before, Optional<ScheduleCounts> counts) {
    return counts
        .map(now -> Map.of(MISSED, now.missed(), SKIPPED, now.skipped()))
        .orElse(before.counters());
  }

  private static AlertState with(
      AlertState state, Map<String, Long> counters, @Nullable Volume volume) {
    return new AlertState(
        state.key(),
        state.at(),
        state.seen(),
        state.alerts(),
        state.over(),
        state.mutes(),
        state.levels(),
        counters,
        volume,
        state.recurring());
  }

  @Override
  public void told(ToldRequest request) {
    new AlertLog(store, request.model()).told(request.keys(), clock.instant());
  }

  private Judged judged(String model, @Nullable WatchedVersion version, AlertState state) {
    List<WatchSpec.NotifySpec> receivers =
        version == null ? List.of() : version.spec().watch().receivers();
    List<Notice> notices = new ArrayList<>();
    int open = 0;
    for (Alert alert : state.alerts()) {
      boolean over = alert.recovered() != null;
      open += over ? 0 : 1;
      String kind = over ? Alert.RECOVERED : Alert.OPENED;
      if (!alert.told().contains(kind) && !AlertBoard.muted(state, alert.rule(), clock.instant())) {
        notices.add(notice(model, alert, kind, receivers));
      }
    }
    return new Judged(
        notices,
        open,
        version == null ? null : made(version),
        state.volume() == null ? null : state.volume().rows(),
        open + (open == 1 ? " alert open" : " alerts open"));
  }

  private static Notice notice(
      String model, Alert alert, String kind, List<WatchSpec.NotifySpec> receivers) {
    boolean over = kind.equals(Alert.RECOVERED);
    return new Notice(
        alert.id() + "-" + kind,
        alert.id(),
        model,
        alert.rule(),
        alert.subject(),
        over ? "info" : alert.severity(),
        over,
        alert.since(),
        alert.sentence(),
        receivers);
  }

  private @Nullable Instant made(WatchedVersion version) {
    try {
      JsonNode created =
          PayloadJson.mapper()
              .readTree(WatchedVersion.bytes(store, version.ref().prefix() + "version.json"))
              .path("created");
      return created.isTextual() ? Instant.parse(created.asText()) : null;
    } catch (IOException | DateTimeException e) {
      throw WatchedVersion.unreadable(version.ref().prefix() + "version.json", e);
    }
  }
}
