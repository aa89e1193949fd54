package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.spec.WatchSpec.SloSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The versions that serve beside the champion: challengers, by their weight, and shadows, which
 * answer mirrored requests and have none. Of one that has answered nothing yet nothing is said; a
 * check of a past moment does not ask what is served now.
 */
final class OtherVersions {
  private final ObjectStore store;
  private final DeployActivities endpoints;
  private final InstantSource clock;

  /**
   * @param endpoints tells what versions serve
   * @param clock tells how old a check is
   */
  OtherVersions(ObjectStore store, DeployActivities endpoints, InstantSource clock) {
    this.store = store;
    this.endpoints = endpoints;
    this.clock = clock;
  }

  /** Ascending; empty where no objective asks for what logs tell. */
  List<OtherVersion> of(WatchedVersion champion, DriftReport report) {
    WatchSpec watch = champion.spec().watch();
    SloSpec slo = watch.slo();
    boolean past = report.at().plus(watch.schedule().every()).isBefore(clock.instant());
    if (slo == null || past || !asked(slo)) {
      return List.of();
    }
    String model = champion.ref().name();
    Map<Integer, Double> serving = new TreeMap<>();
    try {
      EndpointState state = endpoints.describe(new DescribeRequest(model));
      state.ready().forEach(version -> serving.put(version, 0.0));
      serving.putAll(state.weights());
    } catch (RuntimeException e) {
      // latency and errors say that the endpoint does not answer
      return List.of();
    }
    serving.remove(champion.ref().version());
    Instant to = report.windows().isEmpty() ? report.at() : report.windows().getLast().to();
    Instant from =
        report.windows().isEmpty()
            ? report.at().minus(DriftWatch.last(watch))
            : DriftPages.began(report);
    List<OtherVersion> others = new ArrayList<>();
    serving.forEach(
        (version, weight) -> {
          DriftWatch.heartbeat("version " + version);
          other(new Log(model, version), weight, from, to, report.at(), watch)
              .ifPresent(others::add);
        });
    return others;
  }

  private static boolean asked(SloSpec slo) {
    return slo.throughput() != null
        || slo.costPer1000() != null
        || slo.freshness() != null
        || slo.labels() != null;
  }

  private Optional<OtherVersion> other(
      Log log, double weight, Instant from, Instant to, Instant at, WatchSpec watch) {
    List<LoggedTime.Rows> found = log.between(from, to);
    long rows = found.stream().mapToLong(LoggedTime.Rows::rows).sum();
    // one that is ready, and asked nothing, waits for a rollback
    Instant newest = rows == 0 && weight == 0 ? null : log.newest(from, at);
    if (newest == null) {
      return Optional.empty();
    }
    // a rollout begins in the middle of a window
    Instant first =
        found.stream()
            .flatMap(some -> some.parts().stream().limit(1))
            .map(key -> LogPart.read(store, key).from())
            .min(Instant::compareTo)
            .filter(since -> since.isAfter(from))
            .orElse(from);
    double seconds = Math.max(1, Duration.between(first, to).toMillis() / 1e3);
    WatchSpec.LabelsSpec labels = watch.labels();
    List<String> due = List.of();
    if (labels != null && watch.slo() != null && watch.slo().labels() != null) {
      Duration delay = labels.delay() == null ? Duration.ZERO : labels.delay();
      due =
          log.between(from.minus(delay), to.minus(delay)).stream()
              .flatMap(some -> some.parts().stream())
              .toList();
    }
    List<LoggedPredictions.Logged> answers =
        new LoggedPredictions(store).read(due, (part, damaged) -> {});
    Set<String> entities =
        answers.stream().map(LoggedPredictions.Logged::entity).collect(Collectors.toSet());
    Map<String, String> known =
        entities.isEmpty() ? Map.of() : new Labels(store, clock).of(log.model(), entities);
    long labelled = answers.stream().filter(row -> known.containsKey(row.entity())).count();
    return Optional.of(
        new OtherVersion(
            log.version(), weight, rows, rows / seconds, newest, answers.size(), labelled));
  }

  /** What a version answered, whether anybody saw it or not. */
  private final class Log {
    private final String model;
    private final int version;
    private final List<String> prefixes;

    Log(String model, int version) {
      this.model = model;
      this.version = version;
      this.prefixes =
          List.of(LogPart.prefix(model, version), LogPart.SHADOW + model + "/" + version + "/");
    }

    String model() {
      return model;
    }

    int version() {
      return version;
    }

    List<LoggedTime.Rows> between(Instant from, Instant to) {
      Instant begin = LoggedTime.edge(from, Duration.between(from, to));
      return List.of(
          new LoggedTime(store, model, version, DriftWatch::heartbeat)
              .between(begin, to, List.of()),
          LoggedTime.shadow(store, model, version, DriftWatch::heartbeat)
              .between(begin, to, List.of()));
    }

    /**
     * Time of the newest prediction: each server's last part of the newest hour is looked at; null
     * when there has never been one.
     *
     * @param from the days from here on are listed first, which mostly spares the rest of the log
     */
    @Nullable Instant newest(Instant from, Instant at) {
      List<String> folders = new ArrayList<>();
      LocalDate last = at.atZone(ZoneOffset.UTC).toLocalDate();
      for (LocalDate day = from.atZone(ZoneOffset.UTC).toLocalDate();
          !day.isAfter(last);
          day = day.plusDays(1)) {
        folders.add("dt=" + day + "/");
      }
      List<String> keys = keys(folders);
      keys = keys.isEmpty() ? keys(List.of("")) : keys;
      TreeMap<String, Map<String, String>> hours = new TreeMap<>();
      for (String key : keys) {
        hours
            .computeIfAbsent(
                key.substring(key.indexOf("/dt="), key.lastIndexOf('/')), f -> new TreeMap<>())
            .merge(LogPart.server(key), key, BinaryOperator.maxBy(LogPart.IN_SERVER));
      }
      return hours.isEmpty()
          ? null
          : hours.lastEntry().getValue().values().stream()
              .map(key -> LogPart.read(store, key).to())
              .max(Instant::compareTo)
              .orElse(null);
    }

    private List<String> keys(List<String> folders) {
      return prefixes.stream()
          .flatMap(log -> folders.stream().flatMap(day -> store.list(log + day).stream()))
          .filter(key -> key.endsWith(LogPart.PROFILE))
          .map(key -> key.substring(0, key.length() - LogPart.PROFILE.length()))
          .toList();
    }
  }
}
