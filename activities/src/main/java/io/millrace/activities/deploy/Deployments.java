package io.millrace.activities.deploy;

import io.millrace.activities.heartbeat.SteadyHeartbeat;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.ServedQuality;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.spec.TargetSpec;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes what endpoints serve, wherever they live. What an endpoint is to serve is a sequence in
 * the store: a change is one append, and its {@link Target} then makes it so. A repeat finds its
 * key in the sequence and only applies the state again.
 */
public final class Deployments implements DeployActivities {
  private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);

  /** An endpoint that is there keeps its place. */
  private static final Supplier<Target.Place> NO_PLACE =
      () -> {
        throw new IllegalStateException("there is a place");
      };

  private final Endpoints endpoints;
  private final Map<String, Target> targets = new TreeMap<>();
  private final EndpointChanges changes;
  private final ObservedQuality quality;

  /**
   * @param targets one per kind
   */
  public Deployments(ObjectStore store, List<Target> targets) {
    this(new Endpoints(store), new EndpointChanges(InstantSource.system()), targets);
  }

  Deployments(Endpoints endpoints, EndpointChanges changes, List<Target> targets) {
    this.endpoints = endpoints;
    this.changes = changes;
    this.quality =
        new ObservedQuality(new ServedQuality(endpoints.store(), InstantSource.system()));
    targets.forEach(target -> this.targets.put(target.kind(), target));
  }

  @Override
  public EndpointState prepare(PrepareRequest request) {
    return beating("prepare " + request.version(), () -> prepared(request));
  }

  private EndpointState prepared(PrepareRequest request) {
    int version = request.version().version();
    Endpoint head = endpoints.find(request.endpoint()).orElse(null);
    if (head != null && Boolean.TRUE.equals(request.stay())) {
      return applied(
          change(request.endpoint(), now -> changes.withVersion(now, request, NO_PLACE)),
          Set.of(version));
    }
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
    AbilityCheck.refuse(request, target.abilities(settings));
    if (head != null && !head.target().equals(settings.kind())) {
      return preparedElsewhere(head, request, target);
    }
    // a repeat comes while the old place may still be needed
    if (head != null
        && head.other() != null
        && !endpoints.done(request.endpoint(), request.key())) {
      leave(head.other(), request.endpoint(), request.key());
    }
    Endpoint endpoint =
        change(
            request.endpoint(),
            now ->
                changes.withVersion(
                    now, request, () -> target.place(request.endpoint(), settings)));
    return applied(endpoint, Set.of(version));
  }

  /** Beside the place that serves, which nothing happens to. */
  private EndpointState preparedElsewhere(Endpoint head, PrepareRequest request, Target target) {
    SecondPlace other = head.other();
    if (other != null
        && (!other.target().equals(target.kind()) || other.role() == SecondPlace.Role.LEAVING)) {
      leave(other, request.endpoint(), request.key());
    }
    Endpoint moving =
        change(
            request.endpoint(),
            now ->
                changes.withNext(
                    now, request, () -> target.place(request.endpoint(), request.target())));
    SecondPlace next = moving.other();
    if (next == null) {
      throw Failures.of(
          FailureType.DEPLOY_STATE_UNKNOWN,
          "endpoint "
              + moving.name()
              + ": it was moved meanwhile (expected: one change at a time)");
    }
    Target.Live live = target.apply(moving.beside(next), Set.of(request.version().version()));
    if (!live.url().equals(next.address())) {
      change(moving.name(), now -> changes.addressed(now, target.kind(), live.url()));
    }
    return describe(new DescribeRequest(request.endpoint()));
  }

  @Override
  public EndpointState shift(ShiftRequest request) {
    EndpointChanges.check(request);
    return beating("shift " + request.endpoint(), () -> shifted(request));
  }

  private EndpointState shifted(ShiftRequest request) {
    Set<Integer> served =
        request.weights().entrySet().stream()
            .filter(weight -> weight.getValue() > 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    Endpoint before = known(request.endpoint());
    if (!endpoints.done(request.endpoint(), request.key())) {
      Endpoint place = EndpointChanges.place(before, request.target());
      EndpointChanges.checkPrepared(place, served);
      // weight goes to ready backends only
      apply(place, served);
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
  public EndpointState reconcile(DescribeRequest request) {
    return beating(
        "reconcile " + request.endpoint(), () -> applied(known(request.endpoint()), Set.of()));
  }

  @Override
  public EndpointState leave(LeaveRequest request) {
    SecondPlace other = endpoints.find(request.endpoint()).map(Endpoint::other).orElse(null);
    return beating(
        "leave " + request.target(),
        () -> {
          if (other != null && other.target().equals(request.target())) {
            leave(other, request.endpoint(), request.key());
          }
          return describe(new DescribeRequest(request.endpoint()));
        });
  }

  /** Said before it is done: whoever finds a place that is leaving goes on with it. */
  private void leave(SecondPlace other, String endpoint, String key) {
    change(endpoint, now -> changes.leaving(now, other.target(), key));
    Endpoint head = known(endpoint);
    SecondPlace leaving = head.other();
    if (leaving == null || leaving.role() != SecondPlace.Role.LEAVING) {
      return;
    }
    target(leaving.target()).remove(head.beside(leaving));
    change(endpoint, now -> changes.left(now, leaving.target(), key));
  }

  @Override
  public Observation observe(ObserveRequest request) {
    return beating("observe " + request.endpoint(), () -> observed(request));
  }

  private Observation observed(ObserveRequest request) {
    Endpoint endpoint = known(request.endpoint());
    List<Target.Seen> all = new ArrayList<>(target(endpoint).observe(endpoint, request.since()));
    SecondPlace other = endpoint.other();
    if (other != null && other.role() == SecondPlace.Role.FORMER) {
      // what both places have is judged where the endpoint lives now
      target(other.target()).observe(endpoint.beside(other), request.since()).stream()
          .filter(seen -> endpoint.version(seen.version()).isEmpty())
          .forEach(all::add);
    }
    return new Observation(
        quality.added(endpoint, request, TrafficCounts.of(endpoint, request, all)));
  }

  @Override
  public EndpointState retire(RetireRequest request) {
    Optional<Endpoint> before = endpoints.find(request.endpoint());
    if (before.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    return beating(
        "retire " + request.version(),
        () -> {
          Endpoint endpoint = change(request.endpoint(), head -> changes.without(head, request));
          return target(endpoint).live(endpoint).isPresent()
              ? applied(endpoint, Set.of())
              : describe(new DescribeRequest(request.endpoint()));
        });
  }

  @Override
  public EndpointState describe(DescribeRequest request) {
    Optional<Endpoint> endpoint = endpoints.find(request.endpoint());
    if (endpoint.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    return state(endpoint.get(), target(endpoint.get()).live(endpoint.get()).orElse(null));
  }

  private EndpointState state(Endpoint endpoint, Target.@Nullable Live live) {
    SecondPlace other = endpoint.other();
    return new EndpointState(
        endpoint.name(),
        live == null ? null : live.url(),
        endpoint.weights(),
        live == null ? List.of() : live.ready(),
        endpoint.target(),
        other == null || other.role() == SecondPlace.Role.LEAVING ? null : beside(endpoint, other));
  }

  /** A second place that cannot be looked at must not keep the first from being changed. */
  private OtherPlace beside(Endpoint endpoint, SecondPlace other) {
    Target.Live live = null;
    try {
      live = target(other.target()).live(endpoint.beside(other)).orElse(null);
    } catch (RuntimeException e) {
      LOG.warn("{} of {} cannot be looked at: {}", other.target(), endpoint.name(), e.getMessage());
    }
    return new OtherPlace(
        other.target(), live == null ? null : live.url(), live == null ? List.of() : live.ready());
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

  /** Makes it so where the endpoint lives, and says what it serves then. */
  private EndpointState applied(Endpoint endpoint, Set<Integer> needed) {
    return state(endpoint, apply(endpoint, needed));
  }

  /** An address that is known only when it is up is kept for whoever reads the store. */
  private Target.Live apply(Endpoint endpoint, Set<Integer> needed) {
    Target.Live live = target(endpoint).apply(endpoint, needed);
    if (!live.url().equals(endpoint.url())) {
      change(endpoint.name(), head -> changes.addressed(head, endpoint.target(), live.url()));
    }
    return live;
  }

  private Target target(Endpoint endpoint) {
    return target(endpoint.target());
  }

  private Target target(String kind) {
    Target target = targets.get(kind);
    if (target == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "target: " + kind + " (expected: one of " + targets.keySet() + ")");
    }
    return target;
  }

  private Endpoint known(String name) {
    return endpoints.find(name).orElseThrow(() -> notFound(name));
  }

  private static RuntimeException notFound(String name) {
    return Failures.of(
        FailureType.NOT_FOUND, "endpoint: " + name + " (expected: one that was prepared)");
  }

  /** A start takes minutes; every call of a target is bounded by its own timeouts. */
  private static <T> T beating(String stage, Supplier<T> work) {
    try (SteadyHeartbeat heartbeat = SteadyHeartbeat.start("deploy-heartbeat", () -> stage)) {
      T done = work.get();
      heartbeat.check();
      return done;
    }
  }
}
