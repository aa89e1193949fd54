package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.LoggedPredictions.Logged;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a version answered since a moment, by entity, an entity's first answer alone: so the counts
 * made of it grow and never change. Parts are read in the order of time, hour by hour, until there
 * are enough entities, no hour is left or the time is over.
 *
 * @param since the first answer that counts @param now the newest
 * @param end of the time for reading, as {@link System#nanoTime} tells it
 */
record LoggedSince(
    ObjectStore store, String model, int version, Instant since, Instant now, long end) {
  /** Some 20 MB; more says no more about quality. */
  static final int ROWS = 100_000;

  /** What mirrored requests were answered is as good a sign as what callers were told. */
  private static final List<String> LOGS = List.of("predictions/", "shadow/");

  private static final String PROFILE = ".profile.json";

  /** Clocks of servers differ. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'dt='yyyy-MM-dd'/hr='HH'/'").withZone(ZoneOffset.UTC);

  Map<String, Logged> read() {
    Map<String, Logged> answers = new HashMap<>();
    LoggedPredictions rows = new LoggedPredictions(store);
    Instant last = now.plus(AHEAD);
    for (Instant hour = since.truncatedTo(ChronoUnit.HOURS);
        !hour.isAfter(last);
        hour = hour.plus(1, ChronoUnit.HOURS)) {
      for (String part : parts(HOUR.format(hour), !since.isBefore(hour))) {
        if (answers.size() >= ROWS || over()) {
          return answers;
        }
        rows.read(part, since, row -> answers.putIfAbsent(row.entity(), row));
      }
      if (over()) {
        return answers;
      }
    }
    return answers;
  }

  private boolean over() {
    return System.nanoTime() - end > 0;
  }

  /**
   * Keys without the ending, oldest first.
   *
   * @param partly whether the hour began before the first answer that counts
   */
  private List<String> parts(String hour, boolean partly) {
    List<String> parts = new ArrayList<>();
    for (String log : LOGS) {
      Map<String, List<String>> servers = new TreeMap<>();
      for (String key : store.list(log + model + "/" + version + "/" + hour)) {
        if (key.endsWith(PROFILE)) {
          String part = key.substring(0, key.length() - PROFILE.length());
          servers.computeIfAbsent(LogPart.server(part), s -> new ArrayList<>()).add(part);
        }
      }
      for (List<String> own : servers.values()) {
        own.sort(LogPart.IN_SERVER);
        parts.addAll(partly ? own.subList(first(own), own.size()) : own);
      }
    }
    parts.sort(LogPart.BY_HOUR);
    return parts;
  }

  /** A server's parts follow each other: where those begin that end after the moment. */
  private int first(List<String> own) {
    int low = 0;
    int high = own.size();
    while (low < high && !over()) {
      int middle = (low + high) >>> 1;
      if (LogPart.read(store, own.get(middle)).to().isBefore(since)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
