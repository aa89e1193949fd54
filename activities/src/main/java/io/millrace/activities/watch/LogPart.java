package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.profile.Profile;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One part of the prediction log: {@code <key>.jsonl.gz} and, beside it, {@code
 * <key>.profile.json}.
 *
 * @param key without the ending
 * @param from time of the first row
 * @param to time of the last row
 */
record LogPart(String key, Instant from, Instant to, long rows, Profile profile) {
  static final String PROFILE = ".profile.json";

  /** Parts are looked at in this order. */
  static final Comparator<LogPart> ORDER =
      Comparator.comparing(LogPart::from).thenComparing(LogPart::key);

  /** {@code predictions/<model>/<version>/}. */
  static String prefix(String model, int version) {
    return "predictions/" + model + "/" + version + "/";
  }

  /** Keys of the version's parts that have a Profile, without the ending. */
  static List<String> keys(ObjectStore store, String model, int version) {
    return keys(store, model, version, "");
  }

  /** The same of a folder of the version's log. */
  static List<String> keys(ObjectStore store, String model, int version, String folder) {
    return store.list(prefix(model, version) + folder).stream()
        .filter(key -> key.endsWith(PROFILE))
        .map(key -> key.substring(0, key.length() - PROFILE.length()))
        .toList();
  }

  static LogPart read(ObjectStore store, String key) {
    try {
      PartProfile read = PartProfile.fromJson(WatchedVersion.bytes(store, key + PROFILE));
      return new LogPart(key, read.from(), read.to(), read.rows(), read.profile());
    } catch (IllegalArgumentException e) {
      throw WatchedVersion.unreadable(key + PROFILE, e);
    }
  }

  String rowsKey() {
    return key + ".jsonl.gz";
  }

  /** Who wrote it: the file's name without its number. */
  static String server(String key) {
    String file = key.substring(key.lastIndexOf('/') + 1);
    int dash = file.lastIndexOf('-');
    return dash < 0 ? file : file.substring(0, dash);
  }

  /**
   * Whether a cursor is past this key. A server numbers its parts, and folders are dates and hours,
   * so that its parts are in the order of folder and number.
   *
   * @param cursor last checked key by server
   */
  static boolean checked(String key, Map<String, String> cursor) {
    String last = cursor.get(server(key));
    return last != null && IN_SERVER.compare(key, last) <= 0;
  }

  static final Comparator<String> IN_SERVER =
      Comparator.comparing((String key) -> key.substring(0, key.lastIndexOf('/') + 1))
          .thenComparingLong(LogPart::number)
          .thenComparing(Comparator.naturalOrder());

  private static long number(String key) {
    String number = key.substring(key.lastIndexOf('-') + 1);
    return number.matches("\\d{1,18}") ? Long.parseLong(number) : 0;
  }
}
