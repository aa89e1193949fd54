package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.DriftLog.Cursor;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** Which parts a version's prediction log has. */
record LogParts(ObjectStore store, String model, int version) {
  /** Keys of parts that a cursor is not past. */
  List<String> after(Cursor cursor) {
    return LogPart.keys(store, model, version).stream()
        .filter(key -> !LogPart.checked(key, cursor.last()))
        .toList();
  }

  /**
   * The part with the last prediction: each server's last of the newest hour is looked at.
   *
   * @param about the days around it are listed first, which mostly spares the rest of the log
   */
  Optional<LogPart> newest(Instant about) {
    List<String> keys = List.of();
    LocalDate day = about.atZone(ZoneOffset.UTC).toLocalDate();
    for (int back = -1; back <= 1 && keys.isEmpty(); back++) {
      keys = LogPart.keys(store, model, version, "dt=" + day.minusDays(back) + "/");
    }
    if (keys.isEmpty()) {
      keys = LogPart.keys(store, model, version);
    }
    Optional<String> newest = keys.stream().max(LogPart.IN_SERVER);
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
        .map(key -> LogPart.read(store, key))
        .max(Comparator.comparing(LogPart::to));
  }
}
