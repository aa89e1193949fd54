package io.millrace.activities.registry;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.port.registry.RegistryActivities.AliasState;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the registry. Thread-safe. A record that cannot be read is {@code STORE_CORRUPT}. */
public final class Models {
  private static final Pattern AT_VERSION = Pattern.compile("(.+)@(\\d{1,9})");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{8,64}");
  private final ObjectStore store;
  private final Sequences sequences;

  public Models(ObjectStore store) {
    this.store = store;
    this.sequences = new Sequences(store);
  }

  /** Names of the models that have a version, ascending. */
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (String key : store.list(Layout.MODELS)) {
      String[] parts = key.split("/");
      if (parts.length == 5 && parts[2].equals("versions") && parts[4].equals(Layout.VERSION)) {
        names.add(parts[1]);
      }
    }
    return List.copyOf(names);
  }

  /** Every version of a model, oldest first; empty when there is no such model. */
  public List<VersionEntry> versions(String name) {
    return store.list(Layout.versions(name)).stream()
        .filter(key -> key.endsWith("/" + Layout.VERSION))
        .map(key -> Layout.read(store, key, VersionEntry.class))
        .flatMap(Optional::stream)
        .sorted(Comparator.comparingInt(VersionEntry::version))
        .toList();
  }

  /** One version; empty when there is none. */
  public Optional<VersionEntry> version(String name, int number) {
    return Layout.read(store, Layout.version(name, number) + Layout.VERSION, VersionEntry.class);
  }

  /** Where a version came from; empty when there is no such version. */
  public Optional<Provenance> provenance(String name, int number) {
    return version(name, number)
        .flatMap(v -> Layout.read(store, v.prefix() + Layout.PROVENANCE, Provenance.class));
  }

  /** Names of a model's aliases, ascending. */
  public List<String> aliases(String name) {
    String prefix = Layout.aliases(name);
    return store.list(prefix).stream()
        .map(key -> key.substring(prefix.length()))
        .filter(rest -> rest.indexOf('/') > 0)
        .map(rest -> rest.substring(0, rest.indexOf('/')))
        .distinct()
        .toList();
  }

  /** Everything an alias ever pointed to, oldest first. */
  public List<AliasEntry> history(String name, String alias) {
    String prefix = Layout.alias(name, alias);
    return sequences.all(prefix).stream()
        .map(e -> Layout.parse(prefix + e.seq(), e.content(), AliasEntry.class))
        .toList();
  }

  /** Where an alias points now and pointed before. */
  public AliasState current(String name, String alias) {
    List<AliasEntry> history = history(name, alias);
    int last = history.size() - 1;
    return new AliasState(
        last < 0 ? null : history.get(last), last < 1 ? null : history.get(last - 1));
  }

  /**
   * Number of the version that an alias would go back to: what it pointed to before, where entries
   * that went back undo those they went back over. Empty when there is none.
   */
  public Optional<Integer> before(String name, String alias) {
    Deque<Integer> stack = new ArrayDeque<>();
    for (AliasEntry entry : history(name, alias)) {
      int version = entry.version().version();
      if (entry.key().startsWith(RegistryActivities.ROLLBACK) && stack.contains(version)) {
        while (stack.getLast() != version) {
          stack.removeLast();
        }
      } else {
        stack.addLast(version);
      }
    }
    stack.pollLast();
    return Optional.ofNullable(stack.peekLast());
  }

  /** Where an alias pointed at a moment; empty when it was not set yet. */
  public Optional<AliasEntry> at(String name, String alias, Instant time) {
    List<AliasEntry> history = history(name, alias);
    int low = 0;
    int high = history.size();
    // entries never go back in time: see ObjectRegistry.point
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (history.get(middle).at().isAfter(time)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == 0 ? Optional.empty() : Optional.of(history.get(low - 1));
  }

  /**
   * One thread from data to model.
   *
   * @param aliases that point to the version now
   */
  public record Lineage(
      ModelRef version,
      String run,
      String datasetName,
      String datasetDigest,
      long datasetRows,
      Instant created,
      List<String> aliases) {}

  /**
   * The versions that belong to a reference, oldest first.
   *
   * @param ref {@code model}, {@code model@n}, a dataset's digest (eight digits or more), or a run
   *     id
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND} when it belongs to none
   */
  public List<Lineage> lineage(String ref) {
    var at = AT_VERSION.matcher(ref);
    List<Lineage> found;
    if (at.matches()) {
      found = version(at.group(1), Integer.parseInt(at.group(2))).stream().map(this::of).toList();
    } else {
      found = named(ref);
    }
    if (found.isEmpty()) {
      throw Failures.of(
          FailureType.NOT_FOUND,
          "lineage: " + ref + " (expected: a model, model@version, dataset digest or run)");
    }
    return found;
  }

  /** Versions trained on a dataset, oldest first; empty when there is none. */
  public List<ModelRef> trainedOn(String digest) {
    return linked(Layout.datasetLineage(Checks.digest("digest", digest))).stream()
        .map(Lineage::version)
        .toList();
  }

  /**
   * Marks a version: rows it was trained on were erased since. A repeat adds nothing.
   *
   * @param subject the person's pseudonym
   */
  public void markErased(ModelRef version, String subject, Instant at) {
    store.create(
        Layout.version(version.name(), version.version()) + Layout.ERASED + subject + ".json",
        Layout.bytes(Map.of("at", at.toString(), "subject", Checks.digest("subject", subject))));
  }

  /** How many people whose rows a version was trained on have been erased since. */
  public int erased(String name, int number) {
    return store.list(Layout.version(name, number) + Layout.ERASED).size();
  }

  /** Of a model, else of a run, else of a dataset. */
  private List<Lineage> named(String ref) {
    try {
      Checks.name("lineage", ref);
    } catch (IllegalArgumentException e) {
      return List.of();
    }
    List<Lineage> found = versions(ref).stream().map(this::of).toList();
    if (found.isEmpty()) {
      found = linked(Layout.runLineage(ref));
    }
    return found.isEmpty() && DIGEST.matcher(ref).matches()
        ? linked(Layout.datasetLineage(ref))
        : found;
  }

  private List<Lineage> linked(String prefix) {
    return store.list(prefix).stream()
        .map(key -> Layout.read(store, key, ModelRef.class))
        .flatMap(Optional::stream)
        .flatMap(link -> version(link.name(), link.version()).stream())
        .sorted(Comparator.comparing(VersionEntry::created).thenComparing(VersionEntry::version))
        .map(this::of)
        .toList();
  }

  private Lineage of(VersionEntry entry) {
    List<String> pointing =
        aliases(entry.name()).stream()
            .filter(alias -> entry.ref().equals(pointsTo(entry.name(), alias)))
            .toList();
    return new Lineage(
        entry.ref(),
        entry.run(),
        entry.dataset().name(),
        entry.dataset().digest(),
        entry.dataset().rows(),
        entry.created(),
        pointing);
  }

  private @Nullable ModelRef pointsTo(String name, String alias) {
    return Stream.ofNullable(current(name, alias).current())
        .map(AliasEntry::version)
        .findFirst()
        .orElse(null);
  }
}
