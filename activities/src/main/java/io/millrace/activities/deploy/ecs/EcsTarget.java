package io.millrace.activities.deploy.ecs;

import io.millrace.activities.deploy.Broken;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Polling;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints on AWS ECS. A version is a task definition, a service and a target group; one rule of
 * an application load balancer splits the requests over the groups. Everything is looked for before
 * it is made, by names that follow from endpoint, version and digest.
 */
public final class EcsTarget implements Target {
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Deregistration, the tasks' own grace, and ECS's leisure. */
  private static final Duration DRAIN = Duration.ofSeconds(TargetGroups.DRAIN_SECONDS + 75);

  private final Supplier<EcsClients> clients;
  private final VersionImages images;
  private final @Nullable String registry;
  private final Map<String, String> environment;
  private final String region;
  private final Duration budget;

  /**
   * @param clients asked at the first use
   * @param registry repository that images are pushed to where the spec names none; null: tasks run
   *     what the container engine has
   * @param environment of every server, such as {@code MILLRACE_LOG_URI}; no secrets
   * @param region for the servers' logs
   * @param budget for making versions ready
   */
  public EcsTarget(
      Supplier<EcsClients> clients,
      VersionImages images,
      @Nullable String registry,
      Map<String, String> environment,
      String region,
      Duration budget) {
    this.clients = clients;
    this.images = images;
    this.registry = registry;
    this.environment = Map.copyOf(environment);
    this.region = region;
    this.budget = budget;
  }

  @Override
  public String kind() {
    return "ecs";
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    return EnumSet.of(Ability.WEIGHTS, Ability.INSTANCES, Ability.AUTOSCALING);
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    return new Place(0, null);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    TargetSpec.Ecs settings = settings(endpoint);
    EndpointParts parts = parts(endpoint);
    Network network = Network.of(clients.get().ec2(), settings);
    Balancer.Front front = parts.balancer().ensure(network);
    WeightedRule rule = parts.rule(front);
    Map<String, String> groups = parts.groups().of(endpoint.name());
    for (DesiredState.Version version : endpoint.versions()) {
      groups.computeIfAbsent(
          Naming.version(endpoint.name(), version),
          name -> parts.groups().create(endpoint.name(), version, network.vpc()));
    }
    // ECS takes a group for a service only when the load balancer refers to it
    Map<String, Integer> now = rule.weights();
    if (!now.keySet().containsAll(groups.values())) {
      Map<String, Double> parked = new TreeMap<>();
      int whole = Math.max(1, now.values().stream().mapToInt(Integer::intValue).sum());
      groups.values().forEach(g -> parked.put(g, now.getOrDefault(g, 0) / (double) whole));
      rule.set(parked);
    }
    Set<Integer> must = new TreeSet<>(needed);
    endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .forEach(version -> must.add(version.version()));
    Broken broken = new Broken();
    for (DesiredState.Version version : endpoint.versions()) {
      broken.attempt(version.version(), () -> install(parts, version, groups, network));
    }
    broken.refuse(endpoint.name(), must);
    parts.await(must, groups, budget);
    Map<String, Double> shares = new TreeMap<>();
    groups.values().forEach(group -> shares.put(group, 0.0));
    endpoint
        .versions()
        .forEach(
            v ->
                shares.put(
                    String.valueOf(groups.get(Naming.version(endpoint.name(), v))), v.weight()));
    rule.set(shares);
    parts.scale(groups, front.balancer());
    parts.retire(groups, rule, shares, DRAIN);
    if (!Polling.of(budget, LOOK).until(() -> parts.balancer().find().orElseThrow().active())) {
      throw parts.unavailable(
          "its load balancer is not active (expected: within " + budget.toSeconds() + " s)");
    }
    return new Live(front.url(), parts.answering(groups));
  }

  private void install(
      EndpointParts parts,
      DesiredState.Version version,
      Map<String, String> groups,
      Network network) {
    TargetSpec.Ecs settings = parts.settings();
    String name = Naming.version(parts.endpoint().name(), version);
    String repository = settings.registry() != null ? settings.registry() : registry;
    String image =
        parts
            .definitions()
            .image(name)
            .orElseGet(() -> images.of(parts.endpoint(), version, repository));
    parts.install(version, image, environment, String.valueOf(groups.get(name)), network);
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    EndpointParts parts = parts(endpoint);
    Optional<Balancer.Front> front = parts.balancer().find();
    Map<String, String> groups = parts.groups().of(endpoint.name());
    return front.isEmpty() || groups.isEmpty()
        ? Optional.empty()
        : Optional.of(new Live(front.get().url(), parts.answering(groups)));
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    EndpointParts parts = parts(endpoint);
    Balancer.Front front =
        parts
            .balancer()
            .find()
            .orElseThrow(() -> parts.unavailable("no load balancer (expected: one)"));
    Map<String, String> groups = parts.groups().of(endpoint.name());
    TaskStats stats = new TaskStats(clients.get().cloudWatch());
    List<Seen> seen = new ArrayList<>();
    for (DesiredState.Version version : endpoint.versions()) {
      String group = groups.get(Naming.version(endpoint.name(), version));
      if (group != null) {
        seen.addAll(
            stats.of(
                version.version(), parts.groups().healthy(group), front.balancer(), group, since));
      }
    }
    return seen;
  }

  @Override
  public void remove(Endpoint endpoint) {
    EndpointParts parts = parts(endpoint);
    parts.balancer().find().ifPresent(front -> parts.rule(front).delete());
    Map<String, String> groups = parts.groups().of(endpoint.name());
    Set<String> all = new TreeSet<>(groups.keySet());
    all.addAll(parts.services().names(endpoint.name()));
    if (!parts.end(all, DRAIN)) {
      throw parts.unavailable(
          "still draining after " + DRAIN.toSeconds() + " s (expected: to be gone)");
    }
    parts.balancer().remove();
    parts.forget(all, groups);
  }

  private EndpointParts parts(Endpoint endpoint) {
    return new EndpointParts(clients.get(), region, endpoint, settings(endpoint));
  }

  private static TargetSpec.Ecs settings(Endpoint endpoint) {
    TargetSpec.Ecs settings = endpoint.spec().ecs();
    if (settings == null) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN,
          "endpoint " + endpoint.name() + ": no settings (expected: those of ecs)");
    }
    return settings;
  }
}
