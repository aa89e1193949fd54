package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Profile that a part of the prediction log lacks. A server writes a part's lines first
 * and its Profile second, so one that dies in between leaves lines that no check would ever see,
 * and a copy may be cut short anywhere. Once nobody can be writing any more, the Profile is counted
 * from the lines, equal to what the server would have written as far as the lines go, and stored in
 * its place: whoever looks next, or at the same time, finds the same bytes. Thread-safe.
 */
final class PartMender {
  /** A writer tries for as long as its process lives; five seconds are its slowest pause. */
  private static final Duration WRITING = Duration.ofMinutes(5);

  private static final Pattern HOUR = Pattern.compile("/dt=(\\d{4}-\\d{2}-\\d{2})/hr=(\\d{2})/");

  private final ObjectStore store;
  private final List<Profile.Column> columns;
  private final InstantSource clock;
  private final ConcurrentSkipListMap<String, Remark> remarks = new ConcurrentSkipListMap<>();

  /**
   * @param features of the version's rows, in its order
   * @param clock tells whether an hour is over
   */
  PartMender(ObjectStore store, List<Feature> features, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    List<Profile.Column> all = new ArrayList<>();
    features.forEach(feature -> all.add(new Profile.Column(feature.name(), feature.kind())));
    all.add(new Profile.Column(PartProfile.PREDICTION, Feature.Kind.NUMBER));
    this.columns = List.copyOf(all);
  }

  /** The clock that the log is held against. */
  Instant now() {
    return clock.instant();
  }

  /** What was found to be wrong with parts, in the order of their keys. */
  List<Remark> remarks() {
    return List.copyOf(remarks.values());
  }

  /** Remembers that a part is not whole. */
  void damaged(String part, String what) {
    remark(Remark.LOG, part, what);
  }

  /** Remembers that the clock of whoever wrote a part was wrong. */
  void misdated(String part, String what) {
    remark(Remark.CLOCK, part, what);
  }

  private void remark(String kind, String part, String what) {
    remarks.putIfAbsent(part, new Remark(kind, part.substring(part.indexOf('/') + 1) + " " + what));
  }

  /**
   * The part, mended where it has to be.
   *
   * @param followed whether its server wrote a later one
   * @return empty while somebody may still be writing it
   */
  Optional<LogPart> read(String key, boolean followed) {
    Optional<LogPart> sound = LogPart.sound(store, key);
    if (sound.isPresent()) {
      return sound;
    }
    if (!followed && !over(key)) {
      return Optional.empty();
    }
    return Optional.of(mend(key));
  }

  private LogPart mend(String key) {
    ProfileBuilder profile = new ProfileBuilder(columns);
    List<Instant> times = new ArrayList<>();
    String broken = LogLines.read(store, key, line -> count(line, profile, times)).orElse(null);
    Instant hour = hour(key).orElse(Instant.EPOCH);
    Instant from = times.stream().min(Instant::compareTo).orElse(hour);
    Instant to = times.stream().max(Instant::compareTo).orElse(hour);
    PartProfile mended = new PartProfile(from, to, profile.rows(), profile.build());
    store.put(key + LogPart.PROFILE, mended.toJson());
    damaged(
        key,
        "had no Profile that could be read, one was counted from its "
            + Numbers.count(mended.rows())
            + " rows"
            + (broken == null ? "" : "; it " + broken));
    return new LogPart(key, from, to, mended.rows(), mended.profile());
  }

  private void count(JsonNode line, ProfileBuilder profile, List<Instant> times) {
    Instant time;
    try {
      time = Instant.parse(line.path("time").asText());
    } catch (DateTimeException e) {
      return; // no line of ours
    }
    JsonNode data = line.path("data");
    int last = columns.size() - 1;
    for (int i = 0; i < last; i++) {
      add(profile, i, data.path("features").path(columns.get(i).name()));
    }
    add(profile, last, data.path("score"));
    profile.endRow();
    times.add(time);
  }

  private void add(ProfileBuilder profile, int column, JsonNode value) {
    boolean number = columns.get(column).kind() == Feature.Kind.NUMBER;
    if (number && value.isNumber()) {
      profile.add(column, value.asDouble());
    } else {
      @Nullable String text =
          number || !value.isValueNode() || value.isNull() ? null : value.asText();
      profile.add(column, text);
    }
  }

  /** Whether the part's hour, and some time for its writer, is over. */
  private boolean over(String key) {
    return hour(key)
        .map(hour -> hour.plus(Duration.ofHours(1)).plus(WRITING).isBefore(clock.instant()))
        .orElse(true);
  }

  /** The hour that the key's folder is of. */
  static Optional<Instant> hour(String key) {
    Matcher matcher = HOUR.matcher(key);
    try {
      return matcher.find()
          ? Optional.of(Instant.parse(matcher.group(1) + "T" + matcher.group(2) + ":00:00Z"))
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
