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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which parts a version's prediction log has. */
record LogParts(ObjectStore store, String model, int version) {
  private static final Pattern DATE = Pattern.compile("/dt=(\\d{4}-\\d{2}-\\d{2})/");

  /** Keys of parts that may hold rows after the moment: by their folder's date. */
  List<String> since(Instant from) {
    LocalDate first = from.atZone(ZoneOffset.UTC).toLocalDate();
    // a part lies where it was opened, so one that began before midnight counts too
    return LogPart.keys(store, model, version).stream()
        .filter(key -> !date(key, first).isBefore(first.minusDays(1)))
        .toList();
  }

  /** Keys of parts that a cursor is not past. */
  List<String> after(Cursor cursor) {
    return LogPart.keys(store, model, version).stream()
        .filter(key -> !LogPart.checked(key, cursor.last()))
        .toList();
  }

  /** The part with the last prediction: each server's last of the newest hour is looked at. */
  Optional<LogPart> newest() {
    List<String> keys = LogPart.keys(store, model, version);
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

  private static LocalDate date(String key, LocalDate otherwise) {
    Matcher matcher = DATE.matcher(key);
    return matcher.find() ? LocalDate.parse(matcher.group(1)) : otherwise;
  }
}
