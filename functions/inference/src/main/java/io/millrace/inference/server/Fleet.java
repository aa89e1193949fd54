package io.millrace.inference.server;

import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.runtime.ModelRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of an endpoint: loads and unloads them as the desired state says and picks one per
 * request. Weight goes to loaded versions only; while none of a state's weighted versions could be
 * loaded the ones before stay. Thread-safe: requests read one immutable snapshot.
 */
final class Fleet {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(10).toNanos();

  private final String endpoint;
  private final DesiredStates states;
  private final PackageSource packages;
  private final Duration drain;
  private final Batching batching;
  private final Map<Integer, VersionStats> stats = new ConcurrentHashMap<>();
  private final Map<Integer, ShadowStats> shadowStats = new ConcurrentHashMap<>();
  private volatile Snapshot snapshot =
      new Snapshot(0, 0, new TreeMap<>(), new TreeMap<>(), Map.of(), Map.of());
  private long pauseNanos;
  private long nextTry;
  private boolean closed;

  /**
   * What is served.
   *
   * @param seq of the state that is served whole
   * @param wanted of the newest state that was seen
   * @param backends loaded versions
   * @param weights of loaded versions, sum 1 or 0
   * @param shadows share of the requests that are mirrored, of loaded versions that have one
   * @param problems why a version of the wanted state is not loaded
   */
  record Snapshot(
      long seq,
      long wanted,
      Map<Integer, Backend> backends,
      Map<Integer, Double> weights,
      Map<Integer, Double> shadows,
      Map<Integer, String> problems) {

    boolean serves() {
      return weights.values().stream().anyMatch(weight -> weight > 0);
    }

    /** The version with most weight; empty when none has any. */
    Optional<Backend> heaviest() {
      return weights.entrySet().stream()
          .filter(entry -> entry.getValue() > 0)
          .max(Map.Entry.comparingByValue())
          .map(entry -> backends.get(entry.getKey()));
    }
  }

  Fleet(
      String endpoint,
      DesiredStates states,
      PackageSource packages,
      Duration drain,
      Batching batching) {
    this.endpoint = endpoint;
    this.states = states;
    this.packages = packages;
    this.drain = drain;
    this.batching = batching;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** Of every version that is a shadow, or was asked as one. */
  Map<Integer, ShadowStats> shadowStats() {
    Map<Integer, ShadowStats> used = new TreeMap<>(shadowStats);
    Set<Integer> now = snapshot.shadows().keySet();
    used.entrySet().removeIf(entry -> !now.contains(entry.getKey()) && !entry.getValue().used());
    return used;
  }

  /** Of every version there was, for metrics. */
  Map<Integer, VersionStats> stats() {
    return new TreeMap<>(stats);
  }

  /**
   * Looks at the desired state and does what is new.
   *
   * @param now tries versions that failed again at once, rather than after a pause
   */
  synchronized void refresh(boolean now) {
    if (closed) {
      return;
    }
    Snapshot before = snapshot;
    try {
      DesiredState state = states.head().orElse(null);
      if (state == null || state.seq() < before.wanted()) {
        return;
      }
      boolean fresh = state.seq() > before.wanted();
      boolean whole = before.seq() == state.seq();
      if (whole || (!fresh && !now && System.nanoTime() - nextTry < 0)) {
        return;
      }
      pauseNanos = fresh ? 0 : pauseNanos;
      apply(state, before);
    } catch (RuntimeException e) {
      LOG.warn("endpoint {}: the desired state cannot be read", endpoint, e);
    }
  }

  private void apply(DesiredState state, Snapshot before) {
    TreeMap<Integer, Backend> backends = new TreeMap<>();
    TreeMap<Integer, String> problems = new TreeMap<>();
    for (DesiredState.Version version : state.versions()) {
      Backend loaded = before.backends().get(version.version());
      if (loaded == null || !loaded.runtime().digest().equals(version.digest())) {
        loaded = load(version, problems);
      }
      if (loaded != null) {
        backends.put(version.version(), loaded);
      }
    }
    TreeMap<Integer, Double> weights = weights(state, backends);
    boolean silent = state.versions().stream().allMatch(version -> version.weight() == 0);
    if (weights.isEmpty() && !silent) {
      // nothing of the new state can answer yet: the versions before go on
      backends.putAll(before.backends());
      weights.putAll(before.weights());
    }
    boolean whole = problems.isEmpty();
    snapshot =
        new Snapshot(
            whole ? state.seq() : before.seq(),
            state.seq(),
            Collections.unmodifiableSortedMap(backends),
            Collections.unmodifiableSortedMap(weights),
            shadows(state, backends),
            problems);
    if (!whole) {
      pauseNanos = Math.min(LONGEST_PAUSE_NANOS, Math.max(200_000_000, pauseNanos * 2));
      nextTry = System.nanoTime() + pauseNanos;
    }
    LOG.info(
        "endpoint {}: state {} weights {} problems {}", endpoint, state.seq(), weights, problems);
    List<Backend> unloaded = new ArrayList<>(before.backends().values());
    unloaded.removeAll(backends.values());
    for (Backend backend : unloaded) {
      // requests that picked it before the switch end first
      Thread.startVirtualThread(() -> backend.retire(drain));
    }
  }

  private static TreeMap<Integer, Double> weights(
      DesiredState state, Map<Integer, Backend> backends) {
    double sum =
        state.versions().stream()
            .filter(version -> backends.containsKey(version.version()))
            .mapToDouble(DesiredState.Version::weight)
            .sum();
    TreeMap<Integer, Double> weights = new TreeMap<>();
    if (sum > 0) {
      for (DesiredState.Version version : state.versions()) {
        if (backends.containsKey(version.version())) {
          weights.put(version.version(), version.weight() / sum);
        }
      }
    }
    return weights;
  }

  private static Map<Integer, Double> shadows(DesiredState state, Map<Integer, Backend> backends) {
    TreeMap<Integer, Double> shadows = new TreeMap<>();
    for (DesiredState.Version version : state.versions()) {
      if (version.shadow() > 0 && backends.containsKey(version.version())) {
        shadows.put(version.version(), version.shadow());
      }
    }
    return Collections.unmodifiableSortedMap(shadows);
  }

  private @Nullable Backend load(DesiredState.Version version, Map<Integer, String> problems) {
    int number = version.version();
    try {
      Path dir = packages.fetch(version.prefix(), version.digest());
      ModelRuntime runtime = ModelRuntime.open(dir);
      if (!runtime.digest().equals(version.digest())) {
        runtime.close();
        throw new PackageInvalid(
            "digest: " + runtime.digest() + " (expected: " + version.digest() + ")");
      }
      return new Backend(
          number,
          runtime,
          stats.computeIfAbsent(number, n -> new VersionStats()),
          shadowStats.computeIfAbsent(number, n -> new ShadowStats()),
          batching);
    } catch (RuntimeException e) {
      LOG.warn("endpoint {}: version {} cannot be loaded", endpoint, number, e);
      problems.put(number, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /**
   * The version for a request, by the weights; the same id gets the same version as long as they
   * stay. Empty when no version has weight. {@link Backend#release} must follow.
   */
  Optional<Backend> acquire(String requestId) {
    double point = point(requestId);
    while (true) {
      Snapshot now = snapshot;
      Backend picked = null;
      double sum = 0;
      for (Map.Entry<Integer, Double> weight : now.weights().entrySet()) {
        if (weight.getValue() > 0) {
          picked = now.backends().get(weight.getKey());
          sum += weight.getValue();
          if (point < sum) {
            break;
          }
        }
      }
      if (picked == null) {
        return Optional.empty();
      }
      if (picked.acquire()) {
        return Optional.of(picked);
      }
      if (snapshot == now) {
        return Optional.empty(); // closed
      }
    }
  }

  /** A loaded version, whatever its weight; {@link Backend#release} must follow. */
  Optional<Backend> acquire(int version) {
    Backend backend = snapshot.backends().get(version);
    return backend != null && backend.acquire() ? Optional.of(backend) : Optional.empty();
  }

  /** A number in 0..1 that is as good as random over ids, and always the same for one. */
  static double point(String requestId) {
    long hash = 0xcbf29ce484222325L; // FNV-1a, then SplitMix64's finisher: FNV's top bits are weak
    for (int i = 0; i < requestId.length(); i++) {
      hash = (hash ^ requestId.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return ((hash ^ (hash >>> 31)) >>> 11) * 0x1p-53;
  }

  synchronized void close() {
    closed = true;
    snapshot.backends().values().forEach(backend -> backend.retire(drain));
  }
}
