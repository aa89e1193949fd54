package io.millrace.activities.deploy;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Changes what endpoints serve, wherever they live. What an endpoint is to serve is a sequence in
 * the store: a change is one append, and its {@link Target} then makes it so. A repeat finds its
 * key in the sequence and only applies the state again.
 */
public final class Deployments implements DeployActivities {
  private final Endpoints endpoints;
  private final Map<String, Target> targets = new TreeMap<>();
  private final EndpointChanges changes;

  /**
   * @param targets one per kind
   */
  public Deployments(ObjectStore store, List<Target> targets) {
    this(new Endpoints(store), new EndpointChanges(InstantSource.system()), targets);
  }

  Deployments(Endpoints endpoints, EndpointChanges changes, List<Target> targets) {
    this.endpoints = endpoints;
    this.changes = changes;
    targets.forEach(target -> this.targets.put(target.kind(), target));
  }

  @Override
  public EndpointState prepare(PrepareRequest request) {
    TargetSpec settings = request.target();
    Target target = settings == null ? null : targets.get(settings.kind());
    if (settings == null || target == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target: "
              + (settings == null ? "nothing" : settings.kind())
              + " (expected: one of "
              + String.join(", ", targets.keySet())
              + ")");
    }
    refuse(request, target.abilities(settings));
    Endpoint endpoint =
        change(
            request.endpoint(),
            head ->
                changes.withVersion(
                    head, request, () -> target.place(request.endpoint(), settings)));
    return applied(endpoint, Set.of(request.version().version()));
  }

  /** What the target cannot do is refused while nothing has changed. */
  private static void refuse(PrepareRequest request, Set<Target.Ability> abilities) {
    DeploymentSpec.RolloutSpec rollout = request.rollout();
    if (rollout != null) {
      need(
          abilities,
          Target.Ability.WEIGHTS,
          rollout.steps().stream().anyMatch(step -> step < 1),
          "deployment.rollout.steps: " + rollout.steps(),
          request.target());
      need(
          abilities,
          Target.Ability.SHADOW,
          rollout.shadow() != null,
          "deployment.rollout.shadow: " + rollout.shadow(),
          request.target());
    }
    DeploymentSpec.ScaleSpec scale = request.scale();
    if (scale != null) {
      need(
          abilities,
          Target.Ability.INSTANCES,
          scale.min() > 1,
          "deployment.scale.min: " + scale.min(),
          request.target());
      need(
          abilities,
          Target.Ability.AUTOSCALING,
          scale.max() > scale.min(),
          "deployment.scale.max: " + scale.max(),
          request.target());
    }
  }

  private static void need(
      Set<Target.Ability> abilities,
      Target.Ability ability,
      boolean asked,
      String what,
      TargetSpec target) {
    if (asked && !abilities.contains(ability)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          what + " (expected: none of it, target " + target.kind() + " cannot do that)");
    }
  }

  @Override
  public EndpointState shift(ShiftRequest request) {
    EndpointChanges.check(request);
    Set<Integer> served =
        request.weights().entrySet().stream()
            .filter(weight -> weight.getValue() > 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    Endpoint before = known(request.endpoint());
    if (!endpoints.done(request.endpoint(), request.key())) {
      for (int version : served) {
        if (before.version(version).isEmpty()) {
          throw Failures.of(
              FailureType.REQUEST_INVALID,
              "weights: version "
                  + version
                  + " (expected: one of "
                  + before.weights().keySet()
                  + ", prepared ones)");
        }
      }
      // weight goes to ready backends only
      applied(before, served);
      change(
          request.endpoint(),
          head ->
              endpoints.done(request.endpoint(), request.key())
                  ? null
                  : changes.shifted(head, request));
    }
    return applied(known(request.endpoint()), Set.of());
  }

  @Override
  public Observation observe(ObserveRequest request) {
    Endpoint endpoint = known(request.endpoint());
    List<Target.Seen> all = target(endpoint).observe(endpoint, request.since());
    List<VersionTraffic> traffic = new ArrayList<>();
    for (int version : request.versions()) {
      Optional<Target.Seen> own = all.stream().filter(s -> s.version() == version).findFirst();
      traffic.add(
          own.map(seen -> traffic(endpoint, seen, all))
              .orElseGet(() -> new VersionTraffic(version, 0, 0, null, null, null)));
    }
    return new Observation(List.copyOf(traffic));
  }

  @Override
  public EndpointState retire(RetireRequest request) {
    Optional<Endpoint> before = endpoints.find(request.endpoint());
    if (before.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    Endpoint endpoint = change(request.endpoint(), head -> changes.without(head, request));
    return target(endpoint).live(endpoint).isPresent()
        ? applied(endpoint, Set.of())
        : describe(new DescribeRequest(request.endpoint()));
  }

  @Override
  public EndpointState describe(DescribeRequest request) {
    Optional<Endpoint> endpoint = endpoints.find(request.endpoint());
    if (endpoint.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    Optional<Target.Live> live = target(endpoint.get()).live(endpoint.get());
    return new EndpointState(
        request.endpoint(),
        live.map(Target.Live::url).orElse(null),
        endpoint.get().weights(),
        live.map(Target.Live::ready).orElse(List.of()));
  }

  private interface Change {
    @Nullable Endpoint of(@Nullable Endpoint head);
  }

  private Endpoint change(String name, Change change) {
    Endpoint now = endpoints.append(name, change::of);
    if (now == null) {
      throw notFound(name);
    }
    return now;
  }

  /** Makes it so; an address that is known only then is kept for whoever reads the store. */
  private EndpointState applied(Endpoint endpoint, Set<Integer> needed) {
    Target.Live live = target(endpoint).apply(endpoint, needed);
    if (!live.url().equals(endpoint.url())) {
      change(endpoint.name(), head -> changes.addressed(head, live.url()));
    }
    return new EndpointState(endpoint.name(), live.url(), endpoint.weights(), live.ready());
  }

  private Target target(Endpoint endpoint) {
    Target target = targets.get(endpoint.target());
    if (target == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "target: " + endpoint.target() + " (expected: one of " + targets.keySet() + ")");
    }
    return target;
  }

  private static VersionTraffic traffic(Endpoint endpoint, Target.Seen own, List<Target.Seen> all) {
    Optional<Target.Seen> heaviest =
        all.stream()
            .filter(seen -> seen.version() != own.version())
            .max(
                Comparator.comparingDouble(
                        (Target.Seen seen) -> endpoint.weights().getOrDefault(seen.version(), 0.0))
                    .thenComparingLong(Target.Seen::requests));
    Double shift =
        heaviest.flatMap(other -> ScoreShift.of(own.scores(), other.scores())).orElse(null);
    return new VersionTraffic(
        own.version(), own.requests(), own.errors(), own.p50(), own.p99(), shift);
  }

  private Endpoint known(String name) {
    return endpoints.find(name).orElseThrow(() -> notFound(name));
  }

  private static RuntimeException notFound(String name) {
    return Failures.of(
        FailureType.NOT_FOUND, "endpoint: " + name + " (expected: one that was prepared)");
  }
}
