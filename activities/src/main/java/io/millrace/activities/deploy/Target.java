package io.millrace.activities.deploy;

import io.millrace.workflows.spec.TargetSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One place where endpoints can live. It makes what exists equal to what an endpoint's newest state
 * says, from wherever a crash left it: names of what it makes follow from endpoint, version and
 * digest, so a repeat finds its own work. It keeps no state; the store's sequence is the only
 * truth. Implementations are thread-safe.
 */
public interface Target {
  /** The key in {@code deployment.target}. */
  String kind();

  /** What it can do with these settings; asking more is refused before anything changes. */
  Set<Ability> abilities(TargetSpec settings);

  /**
   * Chooses what an endpoint keeps for its whole life, before anything exists. Called once per
   * endpoint; without side effect, apart from looking at what is free.
   */
  Place place(String endpoint, TargetSpec settings);

  /**
   * Brings reality to the state: versions of it exist, those with weight are ready before they get
   * any, weights and shadows are as said, and versions that are not in it are drained and removed.
   * Safe to repeat and to break off anywhere; reports progress by the activity's heartbeat.
   *
   * @param needed versions that must be ready beside those with weight; another that cannot be made
   *     ready must not keep a rollback from being done
   * @return what answers now
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} with what is wrong
   *     with which version, {@code AWS_UNAVAILABLE} and the like
   */
  Live apply(Endpoint endpoint, Set<Integer> needed);

  /** What answers now; empty when the endpoint is not up. */
  Optional<Live> live(Endpoint endpoint);

  /** What the versions answered since a moment, all that are or were there. */
  List<Seen> observe(Endpoint endpoint, Instant since);

  /** Removes everything of the endpoint, drained; what is gone already is success. */
  void remove(Endpoint endpoint);

  /** What a target may be asked for. */
  enum Ability {
    /** Any split of the traffic between versions. */
    WEIGHTS,
    /** Mirrored traffic whose answers nobody sees. */
    SHADOW,
    /** More than one instance of a version. */
    INSTANCES,
    /** Instances by load, between a least and a greatest number. */
    AUTOSCALING
  }

  /**
   * @param port on its host; 0 where it has none of its own
   * @param url where requests go; null when that is known only once it is up
   */
  record Place(int port, @Nullable String url) {}

  /**
   * @param url where requests go
   * @param ready versions that answer
   */
  record Live(String url, List<Integer> ready) {
    public Live {
      ready = List.copyOf(ready);
    }
  }

  /**
   * What a version answered.
   *
   * @param shadow whether this is mirrored traffic, which is counted apart
   * @param errors the server's fault
   * @param p50 milliseconds; null without requests
   * @param p99 milliseconds; null without requests
   * @param scores counts by bin, the same bins for every version; empty when not known
   * @param latency counts by bucket, eight per doubling from 1 µs; empty when not known
   */
  record Seen(
      int version,
      boolean shadow,
      long requests,
      long errors,
      @Nullable Double p50,
      @Nullable Double p99,
      double[] scores,
      long[] latency) {}
}
