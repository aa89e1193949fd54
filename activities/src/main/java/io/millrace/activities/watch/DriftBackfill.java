package io.millrace.activities.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drift checks of a time that is past, one at each moment at which the schedule would have made one
 * (multiples of {@code watch.schedule.every} since 1970, as Temporal has it). Each window is looked
 * at once: a moment that a check was made for is answered with that check's report, one that was
 * looked at before with what was found then, {@code endpoints/<name>/drift/backfill/<moment>.json}.
 * Nobody is alerted and nothing is trained again: what is past is no emergency.
 */
public final class DriftBackfill {
  /** A year of hourly checks; more at once is a mistake more often than a wish. */
  public static final int MOST = 10_000;

  private final ObjectStore store;
  private final @Nullable Path scratch;
  private final InstantSource clock;
  private final @Nullable QueryEngine engine;

  /**
   * @param scratch where datasets and packages are kept; null looks at columns and labels alone
   * @param clock tells what is past
   */
  public DriftBackfill(ObjectStore store, @Nullable Path scratch, InstantSource clock) {
    this(store, scratch, clock, null);
  }

  /**
   * @param engine reads raw rows where the log lies; null for this process, from the parts
   */
  public DriftBackfill(
      ObjectStore store,
      @Nullable Path scratch,
      InstantSource clock,
      @Nullable QueryEngine engine) {
    this.store = store;
    this.scratch = scratch;
    this.clock = clock;
    this.engine = engine;
  }

  /**
   * One moment.
   *
   * @param made false when it had been looked at before
   */
  public record Look(Instant at, boolean made, DriftReport report) {}

  /**
   * Looks at every moment in {@code (from, to]}, the oldest first.
   *
   * @param progress told each
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND} for a model without a
   *     champion, {@code REQUEST_INVALID} for a range that is empty, not past or of over {@value
   *     #MOST} checks
   */
  public List<Look> run(String model, Instant from, Instant to, Consumer<Look> progress) {
    WatchedVersion champion =
        WatchedVersion.champion(store, model)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND, "model: " + model + " (expected: with a champion)"));
    List<Instant> moments = moments(champion.spec().watch().schedule().every(), from, to);
    DriftLog log = new DriftLog(store, model);
    Map<String, DriftReport> checks = log.reports();
    DriftWatch watch = new DriftWatch(store, scratch, clock, engine);
    List<Look> looks = new ArrayList<>();
    for (Instant at : moments) {
      DriftReport check = checks.get(at.toString());
      Look look = check != null ? new Look(at, false, check) : look(watch, log, model, at);
      looks.add(look);
      progress.accept(look);
    }
    return looks;
  }

  private List<Instant> moments(Duration every, Instant from, Instant to) {
    if (!from.isBefore(to)) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "from: " + from + " (expected: before to, " + to + ")");
    }
    if (to.isAfter(clock.instant())) {
      throw Failures.of(FailureType.REQUEST_INVALID, "to: " + to + " (expected: a past time)");
    }
    long step = Math.max(1, every.toMillis());
    long first = Math.floorDiv(from.toEpochMilli(), step) + 1;
    long last = Math.floorDiv(to.toEpochMilli(), step);
    if (last < first || last - first >= MOST) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "from and to: %d checks, one each %s (expected: 1..%d)"
              .formatted(Math.max(0, last - first + 1), every, MOST));
    }
    List<Instant> moments = new ArrayList<>();
    for (long i = first; i <= last; i++) {
      moments.add(Instant.ofEpochMilli(i * step));
    }
    return moments;
  }

  private Look look(DriftWatch watch, DriftLog log, String model, Instant at) {
    String key = log.past(at) + ".json";
    Optional<DriftReport> before = read(key);
    if (before.isPresent()) {
      return new Look(at, false, before.get());
    }
    DriftRequest request = new DriftRequest(model, at, at.toString());
    DriftReport report =
        WatchedVersion.championAt(store, model, at)
            .map(version -> watch.past(request, version, span(version), log.page("past|" + at)))
            .orElseGet(
                () -> new DriftReport(model, null, State.NO_MODEL, at, List.of(), null, null));
    boolean made = store.create(key, write(report));
    return made ? new Look(at, true, report) : new Look(at, false, read(key).orElse(report));
  }

  /** Windows by rows have no place in time: of those a check looks at what came since the last. */
  private static Duration span(WatchedVersion version) {
    return version.spec().watch().window().rows() == null
        ? DriftWatch.last(version.spec().watch())
        : version.spec().watch().schedule().every();
  }

  private Optional<DriftReport> read(String key) {
    Optional<byte[]> content = store.get(key);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PayloadJson.mapper().readValue(content.get(), DriftReport.class));
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  private static byte[] write(DriftReport report) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(report);
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "drift report: cannot be written as JSON");
    }
  }
}
