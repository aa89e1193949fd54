package io.millrace.activities.deploy.ecs;

import io.millrace.activities.deploy.Broken;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Polling;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
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
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.ecs.model.Service;

/**
 * Endpoints on AWS ECS. A version is a task definition, a service and a target group; one rule of
 * an application load balancer splits the requests over the groups. Everything is looked for before
 * it is made, by names that follow from endpoint, version and digest.
 */
public final class EcsTarget implements Target {
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Deregistration, the tasks' own grace, and ECS's leisure. */
  private static final Duration DRAIN = Duration.ofSeconds(TargetGroups.DRAIN_SECONDS + 75);

  private final EcsClients clients;
  private final VersionImages images;
  private final @Nullable String registry;
  private final Map<String, String> environment;
  private final String region;
  private final Duration budget;

  /**
   * @param registry repository that images are pushed to where the spec names none; null: tasks run
   *     what the container engine has
   * @param environment of every server, such as {@code MILLRACE_LOG_URI}; no secrets
   * @param region for the servers' logs
   * @param budget for making versions ready
   */
  public EcsTarget(
      EcsClients clients,
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
    Parts parts = new Parts(endpoint, settings);
    Network network = Network.of(clients.ec2(), settings);
    Balancer.Front front = parts.balancer.ensure(network);
    WeightedRule rule = parts.rule(front);
    Map<String, String> groups = parts.groups.of(endpoint.name());
    for (DesiredState.Version version : endpoint.versions()) {
      groups.computeIfAbsent(
          Naming.version(endpoint.name(), version),
          name -> parts.groups.create(endpoint.name(), version, network.vpc()));
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
      broken.attempt(
          version.version(), () -> install(endpoint, settings, parts, version, groups, network));
    }
    broken.refuse(endpoint.name(), must);
    await(endpoint, parts, groups, must);
    Map<String, Double> shares = new TreeMap<>();
    groups.values().forEach(group -> shares.put(group, 0.0));
    endpoint
        .versions()
        .forEach(
            v ->
                shares.put(
                    String.valueOf(groups.get(Naming.version(endpoint.name(), v))), v.weight()));
    rule.set(shares);
    for (DesiredState.Version version : endpoint.versions()) {
      String name = Naming.version(endpoint.name(), version);
      ScaleSpec scale = version.weight() > 0 ? endpoint.scale() : null;
      parts
          .services
          .find(name)
          .ifPresent(
              service ->
                  parts.scaling.set(
                      service, scale, front.balancer(), String.valueOf(groups.get(name))));
    }
    retire(endpoint, parts, groups, rule, shares);
    if (!Polling.of(budget, LOOK).until(() -> parts.balancer.find().orElseThrow().active())) {
      throw unavailable(
          endpoint,
          "its load balancer is not active (expected: within " + budget.toSeconds() + " s)");
    }
    return new Live(front.url(), answering(endpoint, parts, groups));
  }

  private void install(
      Endpoint endpoint,
      TargetSpec.Ecs settings,
      Parts parts,
      DesiredState.Version version,
      Map<String, String> groups,
      Network network) {
    String name = Naming.version(endpoint.name(), version);
    String from = settings.registry() != null ? settings.registry() : registry;
    String image =
        parts.definitions.image(name).orElseGet(() -> images.of(endpoint, version, from));
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("MILLRACE_ENDPOINT", endpoint.name());
    variables.put("MILLRACE_MODEL_VERSION", Integer.toString(version.version()));
    variables.put("MILLRACE_MODEL_DIGEST", version.digest());
    String definition =
        parts.definitions.ensure(endpoint.name(), version, settings, image, variables);
    ScaleSpec scale = endpoint.scale();
    parts.services.ensure(
        endpoint.name(),
        version,
        definition,
        String.valueOf(groups.get(name)),
        scale == null ? 1 : scale.min(),
        scale == null ? 1 : scale.max(),
        network,
        endpoint.seq());
  }

  private void await(
      Endpoint endpoint, Parts parts, Map<String, String> groups, Set<Integer> must) {
    Polling patience = Polling.of(budget, LOOK);
    int least = endpoint.scale() == null ? 1 : endpoint.scale().min();
    for (DesiredState.Version version : endpoint.versions()) {
      if (!must.contains(version.version())) {
        continue;
      }
      String name = Naming.version(endpoint.name(), version);
      String group = String.valueOf(groups.get(name));
      List<Service> last = new ArrayList<>();
      boolean done =
          patience.until(
              () -> {
                Optional<Service> service = parts.services.find(name);
                last.clear();
                service.ifPresent(last::add);
                return service.isPresent()
                    && (Services.failed(service.get())
                        || (Services.steady(service.get())
                            && parts.groups.healthy(group).size() >= least));
              });
      if (!done || last.stream().anyMatch(Services::failed)) {
        String troubles =
            last.isEmpty() ? "there is no service" : parts.services.troubles(last.getFirst());
        List<String> targets = parts.groups.problems(group);
        throw unavailable(
            endpoint,
            "version "
                + version.version()
                + ": "
                + troubles
                + (targets.isEmpty() ? "" : "; targets " + targets)
                + " (expected: service "
                + name
                + " steady within "
                + budget.toSeconds()
                + " s)");
      }
    }
  }

  /** Services first, so that their tasks drain while the rule still knows their groups. */
  private void retire(
      Endpoint endpoint,
      Parts parts,
      Map<String, String> groups,
      WeightedRule rule,
      Map<String, Double> shares) {
    Set<String> kept = new TreeSet<>();
    endpoint.versions().forEach(v -> kept.add(Naming.version(endpoint.name(), v)));
    Set<String> retired = new TreeSet<>(groups.keySet());
    retired.addAll(parts.services.names(endpoint.name()));
    retired.removeAll(kept);
    if (retired.isEmpty()) {
      return;
    }
    parts.end(retired);
    if (!Polling.of(DRAIN, LOOK)
        .until(() -> retired.stream().allMatch(n -> parts.services.find(n).isEmpty()))) {
      // the next call looks again
      return;
    }
    retired.forEach(
        name -> {
          String group = groups.get(name);
          if (group != null) {
            shares.remove(group);
          }
        });
    if (shares.isEmpty()) {
      rule.delete();
    } else {
      rule.set(shares);
    }
    retired.forEach(
        name -> {
          String group = groups.get(name);
          if (group != null) {
            parts.groups.delete(group);
          }
          parts.definitions.delete(name);
        });
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    Parts parts = new Parts(endpoint, settings(endpoint));
    Optional<Balancer.Front> front = parts.balancer.find();
    Map<String, String> groups = parts.groups.of(endpoint.name());
    return front.isEmpty() || groups.isEmpty()
        ? Optional.empty()
        : Optional.of(new Live(front.get().url(), answering(endpoint, parts, groups)));
  }

  private static List<Integer> answering(
      Endpoint endpoint, Parts parts, Map<String, String> groups) {
    return endpoint.versions().stream()
        .filter(
            version -> {
              String group = groups.get(Naming.version(endpoint.name(), version));
              return group != null && !parts.groups.healthy(group).isEmpty();
            })
        .map(DesiredState.Version::version)
        .toList();
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    Parts parts = new Parts(endpoint, settings(endpoint));
    Balancer.Front front =
        parts
            .balancer
            .find()
            .orElseThrow(() -> unavailable(endpoint, "no load balancer (expected: one)"));
    Map<String, String> groups = parts.groups.of(endpoint.name());
    TaskStats stats = new TaskStats(clients.cloudWatch());
    List<Seen> seen = new ArrayList<>();
    for (DesiredState.Version version : endpoint.versions()) {
      String group = groups.get(Naming.version(endpoint.name(), version));
      if (group != null) {
        seen.addAll(
            stats.of(
                version.version(), parts.groups.healthy(group), front.balancer(), group, since));
      }
    }
    return seen;
  }

  @Override
  public void remove(Endpoint endpoint) {
    Parts parts = new Parts(endpoint, settings(endpoint));
    parts.balancer.find().ifPresent(front -> parts.rule(front).delete());
    Map<String, String> groups = parts.groups.of(endpoint.name());
    Set<String> all = new TreeSet<>(groups.keySet());
    all.addAll(parts.services.names(endpoint.name()));
    parts.end(all);
    if (!Polling.of(DRAIN, LOOK)
        .until(() -> all.stream().allMatch(name -> parts.services.find(name).isEmpty()))) {
      throw unavailable(
          endpoint, "still draining after " + DRAIN.toSeconds() + " s (expected: to be gone)");
    }
    parts.balancer.remove();
    groups.values().forEach(parts.groups::delete);
    all.forEach(parts.definitions::delete);
  }

  /** The services of AWS, for one endpoint. */
  private final class Parts {
    private final TargetGroups groups = new TargetGroups(clients.elb());
    private final TaskDefinitions definitions = new TaskDefinitions(clients.ecs(), region);
    private final Balancer balancer;
    private final Services services;
    private final Autoscaling scaling;
    private final Endpoint endpoint;
    private final TargetSpec.Ecs settings;

    Parts(Endpoint endpoint, TargetSpec.Ecs settings) {
      this.endpoint = endpoint;
      this.settings = settings;
      balancer = new Balancer(clients.elb(), endpoint.name(), settings);
      services = new Services(clients.ecs(), settings);
      scaling = new Autoscaling(clients.scaling(), services, settings.cluster());
    }

    WeightedRule rule(Balancer.Front front) {
      return new WeightedRule(clients.elb(), endpoint.name(), settings.hostname(), front.arn());
    }

    /** Ends services; what scales them ends first, so that nothing is scaled up again. */
    void end(Set<String> names) {
      for (String name : names) {
        services
            .find(name)
            .filter(service -> "ACTIVE".equals(service.status()))
            .ifPresent(
                service -> {
                  scaling.set(service, null, "", "");
                  services.delete(name);
                });
      }
    }
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

  private static RuntimeException unavailable(Endpoint endpoint, String problem) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE, "endpoint " + endpoint.name() + ": " + problem);
  }
}
