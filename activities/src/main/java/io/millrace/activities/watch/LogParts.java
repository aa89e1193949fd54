package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.DriftLog.Cursor;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The parts of a version's prediction log. @param mender of those that are not whole */
record LogParts(ObjectStore store, String model, int version, PartMender mender) {
  /** Clocks of servers differ by so much; a part that is later than this has a wrong one. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  /**
   * Parts that a cursor is not past and that ended by {@code at}: of each server as it wrote them,
   * and of several the one that began first. A server's part that is later, or still being written,
   * holds back those behind it, so that none is passed over. One that is dated after the clock's
   * own time has a wrong date, which will not come true soon: it counts where it stands.
   *
   * @param progress told each part
   */
  List<LogPart> after(Cursor cursor, Instant at, Consumer<String> progress) {
    List<String> keys = LogPart.keys(store, model, version);
    Map<String, Long> last = last(keys);
    Map<String, Deque<String>> servers = new TreeMap<>();
    keys.stream()
        .filter(key -> !LogPart.checked(key, cursor.last()))
        .sorted(LogPart.IN_SERVER)
        .forEach(
            key -> servers.computeIfAbsent(LogPart.server(key), s -> new ArrayDeque<>()).add(key));
    Map<String, LogPart> heads = new TreeMap<>();
    servers.forEach((server, own) -> next(own, last, at, progress, server, heads));
    List<LogPart> parts = new ArrayList<>();
    while (!heads.isEmpty()) {
      LogPart first = heads.values().stream().min(LogPart.ORDER).orElseThrow();
      String server = LogPart.server(first.key());
      parts.add(first);
      heads.remove(server);
      next(servers.getOrDefault(server, new ArrayDeque<>()), last, at, progress, server, heads);
    }
    return parts;
  }

  private void next(
      Deque<String> own,
      Map<String, Long> last,
      Instant at,
      Consumer<String> progress,
      String server,
      Map<String, LogPart> heads) {
    @Nullable String key = own.poll();
    if (key == null) {
      return;
    }
    progress.accept(key);
    @Nullable LogPart part = mender.read(key, followed(key, last)).orElse(null);
    if (part == null) {
      return;
    }
    if (ahead(part) || !part.to().isAfter(at)) {
      heads.put(server, part);
    }
  }

  private boolean ahead(LogPart part) {
    if (!part.to().isAfter(mender.now().plus(AHEAD))) {
      return false;
    }
    mender.misdated(part.key(), "is dated " + part.to() + ", which is yet to come");
    return true;
  }

  /**
   * The part with the last prediction: each server's last of the newest hour is looked at, of those
   * that are not dated in the future.
   *
   * @param about the days around it are listed first, which mostly spares the rest of the log
   */
  Optional<LogPart> newest(Instant about) {
    List<String> keys = List.of();
    LocalDate day = about.atZone(ZoneOffset.UTC).toLocalDate();
    for (int back = -1; back <= 1 && keys.isEmpty(); back++) {
      keys = dated("dt=" + day.minusDays(back) + "/");
    }
    if (keys.isEmpty()) {
      keys = dated("");
    }
    Map<String, Long> written = last(keys);
    Optional<String> newest = keys.stream().max(LogPart.BY_HOUR);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    String hour = newest.get().substring(0, newest.get().lastIndexOf('/') + 1);
    Map<String, String> last = new TreeMap<>();
    for (String key : keys) {
      if (key.startsWith(hour)) {
        last.merge(LogPart.server(key), key, BinaryOperator.maxBy(LogPart.IN_SERVER));
      }
    }
    return last.values().stream()
        .flatMap(key -> mender.read(key, followed(key, written)).stream())
        .max(Comparator.comparing(LogPart::to));
  }

  /** The same log by spans of time. @param progress told some of the parts */
  LoggedTime time(Consumer<String> progress) {
    return new LoggedTime(store, model, version, mender, progress);
  }

  /** The number of each server's last part. */
  static Map<String, Long> last(List<String> keys) {
    Map<String, Long> last = new TreeMap<>();
    keys.forEach(key -> last.merge(LogPart.server(key), LogPart.number(key), Math::max));
    return last;
  }

  static boolean followed(String key, Map<String, Long> last) {
    return LogPart.number(key) < last.getOrDefault(LogPart.server(key), 0L);
  }

  private List<String> dated(String folder) {
    Instant latest = mender.now().plus(AHEAD);
    return LogPart.keys(store, model, version, folder).stream()
        .filter(key -> PartMender.hour(key).map(hour -> hour.isBefore(latest)).orElse(true))
        .toList();
  }
}
