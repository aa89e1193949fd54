package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One hour of a version's prediction log, as it was listed: parts, the Profiles of several of them
 * that earlier checks left ({@link HourProfile}), and marks of erasures.
 *
 * <p>Each part is opened by one check and merged into what the one before left, so that a later one
 * opens a single object whatever the traffic. Late parts give what is merged another name; what it
 * covered before is deleted once the new one is there. Two checks at once create the same name, of
 * which one stays. A person who is erased leaves a mark: nothing that was merged before it is used
 * or kept.
 *
 * @param folder ends with {@code dt=…/hr=…/}
 * @param parts names without the ending, ascending
 * @param erased names of marks, ascending
 * @param merged names of merged Profiles
 */
record LoggedHour(
    ObjectStore store,
    String folder,
    List<String> parts,
    List<String> erased,
    List<String> merged) {
  /** An object in an hour's folder: somebody was erased from its parts. */
  static final String ERASED = ".erased";

  private static final Logger LOG = LoggerFactory.getLogger(LoggedHour.class);

  /** Parts that are read at once, each some 1 MB. */
  private static final int AT_ONCE = 8;

  static LoggedHour list(ObjectStore store, String folder) {
    List<String> parts = new ArrayList<>();
    List<String> erased = new ArrayList<>();
    List<String> merged = new ArrayList<>();
    for (String key : store.list(folder)) {
      String name = key.substring(folder.length());
      if (name.endsWith(LogPart.PROFILE)) {
        parts.add(name.substring(0, name.length() - LogPart.PROFILE.length()));
      } else if (name.endsWith(ERASED)) {
        erased.add(name);
      } else if (name.endsWith(HourProfile.ENDING)) {
        merged.add(name);
      }
    }
    return new LoggedHour(store, folder, parts, erased, merged);
  }

  /** What is merged of all parts, when some check left it. */
  Optional<HourProfile> whole() {
    String name = HourProfile.name(parts, erased);
    return merged.contains(name) ? Optional.ofNullable(read(name)) : Optional.empty();
  }

  /**
   * What is merged of the parts that ended by a moment; made and left for the next check when it is
   * not there. Empty without such a part.
   *
   * @param progress told some of the parts
   */
  Optional<HourProfile> until(Instant end, Consumer<String> progress) {
    List<HourProfile> before = new ArrayList<>();
    HourProfile best = null;
    for (String name : merged) {
      HourProfile known = read(name);
      if (known == null) {
        continue;
      }
      before.add(known);
      if (known.erased().equals(erased)
          && !known.to().isAfter(end)
          && parts.containsAll(known.parts())
          && (best == null || known.parts().size() > best.parts().size())) {
        best = known;
      }
    }
    Set<String> rest = new TreeSet<>(parts);
    HourProfile all = best;
    if (best != null) {
      rest.removeAll(best.parts());
    }
    for (List<String> some : Together.groups(List.copyOf(rest), AT_ONCE)) {
      progress.accept(folder + some.getFirst());
      for (LogPart part : Together.all(some, name -> LogPart.read(store, folder + name))) {
        if (!part.to().isAfter(end)) {
          HourProfile one = HourProfile.of(part, erased);
          all = all == null ? one : all.merge(one);
        }
      }
    }
    if (all == null || all.equals(best) || all.parts().size() < 2) {
      return Optional.ofNullable(all);
    }
    leave(all, before);
    return Optional.of(all);
  }

  /** Each part that ended in {@code (from, to]}, one by one. */
  Optional<HourProfile> between(
      Instant from, Instant to, Set<String> without, Consumer<String> progress) {
    HourProfile all = null;
    List<String> keys = parts.stream().filter(name -> !without.contains(folder + name)).toList();
    for (List<String> some : Together.groups(keys, AT_ONCE)) {
      progress.accept(folder + some.getFirst());
      for (LogPart part : Together.all(some, name -> LogPart.read(store, folder + name))) {
        if (part.to().isAfter(from) && !part.to().isAfter(to)) {
          HourProfile one = HourProfile.of(part, erased);
          all = all == null ? one : all.merge(one);
        }
      }
    }
    return Optional.ofNullable(all);
  }

  private void leave(HourProfile made, List<HourProfile> before) {
    Set<String> covered = new HashSet<>(made.parts());
    boolean behind =
        before.stream()
            .anyMatch(b -> b.erased().equals(erased) && b.parts().containsAll(made.parts()));
    if (behind) {
      // a check of a past moment: what is there serves later ones
      return;
    }
    store.create(folder + made.name(), made.toJson());
    // whoever was erased while this was read is in it
    if (!list(store, folder).erased().equals(erased)) {
      store.delete(folder + made.name());
    }
    for (HourProfile old : before) {
      if (!old.erased().equals(erased) || covered.containsAll(old.parts())) {
        store.delete(folder + old.name());
      }
    }
  }

  /** Null when it is gone, or cannot be read: it is made again. */
  private @Nullable HourProfile read(String name) {
    Optional<byte[]> content = store.get(folder + name);
    if (content.isEmpty()) {
      return null;
    }
    try {
      HourProfile read = HourProfile.fromJson(content.get());
      if (read.name().equals(name)) {
        return read;
      }
      LOG.warn("{}{}: covers something else than its name says; it is made again", folder, name);
    } catch (IllegalArgumentException e) {
      LOG.warn("{}{}: cannot be read; it is made again", folder, name, e);
    }
    store.delete(folder + name);
    return null;
  }
}
