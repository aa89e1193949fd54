package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  static final String ROWS = ".jsonl.gz";

  /** Where answers lie that nobody saw. */
  static final String SHADOW = "shadow/";

  /** Parts are looked at in this order. */
  static final Comparator<LogPart> ORDER =
      Comparator.comparing(LogPart::from).thenComparing(LogPart::key);

  /** {@code predictions/<model>/<version>/}. */
  static String prefix(String model, int version) {
    return "predictions/" + model + "/" + version + "/";
  }

  /** Keys of the version's parts, without the ending; of some, lines or the Profile are missing. */
  static List<String> keys(ObjectStore store, String model, int version) {
    return keys(store, model, version, "");
  }

  /** The same of a folder of the version's log. */
  static List<String> keys(ObjectStore store, String model, int version, String folder) {
    return store.list(prefix(model, version) + folder).stream()
        .filter(key -> key.endsWith(PROFILE) || key.endsWith(ROWS))
        .map(key -> key.substring(0, key.length() - (key.endsWith(ROWS) ? ROWS : PROFILE).length()))
        .distinct()
        .toList();
  }

  /** The part, when its Profile is there and whole. */
  static Optional<LogPart> sound(ObjectStore store, String key) {
    byte[] profile = store.get(key + PROFILE).orElse(null);
    if (profile == null) {
      return Optional.empty();
    }
    try {
      PartProfile part = PartProfile.fromJson(profile);
      return Optional.of(new LogPart(key, part.from(), part.to(), part.rows(), part.profile()));
    } catch (IllegalArgumentException e) {
      if (whole(profile)) {
        // another release's, which is not to be written over
        throw WatchedVersion.unreadable(key + PROFILE, e);
      }
      return Optional.empty();
    }
  }

  private static boolean whole(byte[] json) {
    try {
      return PayloadJson.mapper().readTree(json).isObject();
    } catch (IOException e) {
      return false;
    }
  }

  static LogPart read(ObjectStore store, String key) {
    try {
      PartProfile part = PartProfile.fromJson(WatchedVersion.bytes(store, key + PROFILE));
      return new LogPart(key, part.from(), part.to(), part.rows(), part.profile());
    } catch (IllegalArgumentException e) {
      throw WatchedVersion.unreadable(key + PROFILE, e);
    }
  }

  String rowsKey() {
    return key + ROWS;
  }

  /** Who wrote it: the file's name without its number. */
  static String server(String key) {
    String file = key.substring(key.lastIndexOf('/') + 1);
    int dash = file.lastIndexOf('-');
    return dash < 0 ? file : file.substring(0, dash);
  }

  /**
   * Whether a cursor is past this key. A process counts its parts through and its name is its own,
   * so the number alone tells their order; the folder does not, because a clock may go back.
   *
   * @param cursor last checked key by server
   */
  static boolean checked(String key, Map<String, String> cursor) {
    String last = cursor.get(server(key));
    return last != null && IN_SERVER.compare(key, last) <= 0;
  }

  /** The parts of one server as it wrote them. */
  static final Comparator<String> IN_SERVER =
      Comparator.comparingLong(LogPart::number).thenComparing(Comparator.naturalOrder());

  /** By hour, then as they were written. */
  static final Comparator<String> BY_HOUR =
      Comparator.comparing((String key) -> key.substring(0, key.lastIndexOf('/') + 1))
          .thenComparing(IN_SERVER);

  /** 0 when its name has none. */
  static long number(String key) {
    String number = key.substring(key.lastIndexOf('-') + 1);
    return number.matches("\\d{1,18}") ? Long.parseLong(number) : 0;
  }
}
