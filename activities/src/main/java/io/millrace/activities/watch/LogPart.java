package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.DateTimeException;
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
  private static final String PROFILE = ".profile.json";

  /** Parts are looked at in this order. */
  static final Comparator<LogPart> ORDER =
      Comparator.comparing(LogPart::from).thenComparing(LogPart::key);

  /** {@code predictions/<model>/<version>/}. */
  static String prefix(String model, int version) {
    return "predictions/" + model + "/" + version + "/";
  }

  /** Keys of the version's parts that have a Profile, without the ending. */
  static List<String> keys(ObjectStore store, String model, int version) {
    return store.list(prefix(model, version)).stream()
        .filter(key -> key.endsWith(PROFILE))
        .map(key -> key.substring(0, key.length() - PROFILE.length()))
        .toList();
  }

  static LogPart read(ObjectStore store, String key) {
    try {
      JsonNode tree = PayloadJson.mapper().readTree(WatchedVersion.bytes(store, key + PROFILE));
      return new LogPart(
          key,
          Instant.parse(tree.path("from").asText()),
          Instant.parse(tree.path("to").asText()),
          tree.path("rows").asLong(),
          Profile.fromJson(PayloadJson.mapper().writeValueAsBytes(tree.path("profile"))));
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
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
