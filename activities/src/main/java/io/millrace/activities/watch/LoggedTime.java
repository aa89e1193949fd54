package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a version's log that ended in a span of time, merged hour by hour: about as many
 * objects are opened as there are hours ({@link LoggedHour}), and the parts that came since.
 */
final class LoggedTime {
  /** From here on a span is made of whole hours, so that none is opened part by part. */
  static final Duration WHOLE_HOURS = Duration.ofHours(6);

  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'dt='yyyy-MM-dd'/hr='HH'/'").withZone(ZoneOffset.UTC);

  /** Hours that are listed at once. */
  private static final int AT_ONCE = 8;

  private final ObjectStore store;
  private final String prefix;
  private final @Nullable PartMender mender;
  private final Consumer<String> progress;

  /**
   * @param parts keys without the ending
   * @param profile null without a part
   */
  record Rows(long rows, List<String> parts, @Nullable Profile profile) {}

  /** An hour, and what is merged of all its parts, when it is there. */
  private record Listed(LoggedHour hour, Optional<HourProfile> whole) {}

  /**
   * @param progress told some of the parts
   */
  LoggedTime(ObjectStore store, String model, int version, Consumer<String> progress) {
    this(store, model, version, null, progress);
  }

  /**
   * @param mender of parts that are not whole; null when every part is
   */
  LoggedTime(
      ObjectStore store,
      String model,
      int version,
      @Nullable PartMender mender,
      Consumer<String> progress) {
    this(store, LogPart.prefix(model, version), mender, progress);
  }

  private LoggedTime(
      ObjectStore store, String prefix, @Nullable PartMender mender, Consumer<String> progress) {
    this.store = store;
    this.mender = mender;
    this.prefix = prefix;
    this.progress = progress;
  }

  /** What a version answered that nobody saw. */
  static LoggedTime shadow(
      ObjectStore store, String model, int version, Consumer<String> progress) {
    return new LoggedTime(store, LogPart.SHADOW + model + "/" + version + "/", null, progress);
  }

  /** Where a span of this length begins or ends: at the full hour when it is long. */
  static Instant edge(Instant moment, Duration length) {
    return length.compareTo(WHOLE_HOURS) < 0 ? moment : moment.truncatedTo(ChronoUnit.HOURS);
  }

  /**
   * The parts that ended in {@code (from, to]}, in the order of hours.
   *
   * @param without keys of parts that do not count
   */
  Rows between(Instant from, Instant to, List<String> without) {
    List<String> folders = new ArrayList<>();
    // a part lies where it began, at most an hour before its end
    for (Instant hour = from.truncatedTo(ChronoUnit.HOURS).minus(1, ChronoUnit.HOURS);
        !hour.isAfter(to);
        hour = hour.plus(1, ChronoUnit.HOURS)) {
      folders.add(prefix + HOUR.format(hour));
    }
    Set<String> left = new HashSet<>(without);
    long rows = 0;
    List<String> keys = new ArrayList<>();
    Profile profile = null;
    for (List<String> some : Together.groups(folders, AT_ONCE)) {
      progress.accept(some.getFirst());
      for (Listed listed : Together.all(some, this::listed)) {
        Optional<HourProfile> inside = inside(listed, from, to, left);
        if (inside.isPresent()) {
          HourProfile hour = inside.get();
          rows += hour.rows();
          hour.parts().forEach(name -> keys.add(listed.hour().folder() + name));
          profile = profile == null ? hour.profile() : profile.merge(hour.profile());
        }
      }
    }
    return new Rows(rows, keys, profile);
  }

  private Listed listed(String folder) {
    LoggedHour hour = LoggedHour.list(store, folder, mender);
    return new Listed(hour, hour.whole());
  }

  private Optional<HourProfile> inside(Listed listed, Instant from, Instant to, Set<String> left) {
    LoggedHour hour = listed.hour();
    if (listed.whole().filter(whole -> whole.from().isAfter(to)).isPresent()) {
      return Optional.empty();
    }
    Optional<HourProfile> merged =
        listed.whole().filter(whole -> !whole.to().isAfter(to)).or(() -> hour.until(to, progress));
    if (merged.isEmpty() || !merged.get().to().isAfter(from)) {
      return Optional.empty();
    }
    boolean whole = merged.get().firstTo().isAfter(from);
    boolean counts =
        left.isEmpty()
            || merged.get().parts().stream().noneMatch(name -> left.contains(hour.folder() + name));
    return whole && counts ? merged : hour.between(from, to, left, progress);
  }
}
