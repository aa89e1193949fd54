package io.millrace.activities.deploy.ecs;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Polling;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.services.ecs.model.Service;

/** What one endpoint is made of on AWS, and how its versions come and go. */
final class EndpointParts {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final EcsClients clients;
  private final Endpoint endpoint;
  private final TargetSpec.Ecs settings;
  private final TargetGroups groups;
  private final TaskDefinitions definitions;
  private final Balancer balancer;
  private final Services services;
  private final Autoscaling scaling;

  EndpointParts(EcsClients clients, String region, Endpoint endpoint, TargetSpec.Ecs settings) {
    this.clients = clients;
    this.endpoint = endpoint;
    this.settings = settings;
    groups = new TargetGroups(clients.elb());
    definitions = new TaskDefinitions(clients.ecs(), region);
    balancer = new Balancer(clients.elb(), endpoint.name(), settings);
    services = new Services(clients.ecs(), settings);
    scaling = new Autoscaling(clients.scaling(), services, settings.cluster());
  }

  Endpoint endpoint() {
    return endpoint;
  }

  TargetSpec.Ecs settings() {
    return settings;
  }

  TargetGroups groups() {
    return groups;
  }

  TaskDefinitions definitions() {
    return definitions;
  }

  Balancer balancer() {
    return balancer;
  }

  Services services() {
    return services;
  }

  WeightedRule rule(Balancer.Front front) {
    return new WeightedRule(clients.elb(), endpoint.name(), settings.hostname(), front.arn());
  }

  /**
   * Makes a version's service run.
   *
   * @param environment of every server
   * @param group ARN of the version's target group
   */
  void install(
      DesiredState.Version version,
      String image,
      Map<String, String> environment,
      String group,
      Network network) {
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("MILLRACE_ENDPOINT", endpoint.name());
    variables.put("MILLRACE_MODEL_VERSION", Integer.toString(version.version()));
    variables.put("MILLRACE_MODEL_DIGEST", version.digest());
    String definition = definitions.ensure(endpoint.name(), version, settings, image, variables);
    ScaleSpec scale = endpoint.scale();
    services.ensure(
        endpoint.name(),
        version,
        definition,
        group,
        scale == null ? 1 : scale.min(),
        scale == null ? 1 : scale.max(),
        network,
        endpoint.seq());
  }

  /**
   * Waits until versions are steady and their targets answer.
   *
   * @param byName target groups by version's name
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} with what is wrong
   */
  void await(Set<Integer> must, Map<String, String> byName, Duration budget) {
    Polling patience = Polling.of(budget, LOOK);
    int least = endpoint.scale() == null ? 1 : endpoint.scale().min();
    for (DesiredState.Version version : endpoint.versions()) {
      if (!must.contains(version.version())) {
        continue;
      }
      String name = Naming.version(endpoint.name(), version);
      String group = String.valueOf(byName.get(name));
      List<Service> last = new ArrayList<>();
      boolean done =
          patience.until(
              () -> {
                Optional<Service> service = services.find(name);
                last.clear();
                service.ifPresent(last::add);
                return service.isPresent()
                    && (Services.failed(service.get())
                        || (Services.steady(service.get())
                            && groups.healthy(group).size() >= least));
              });
      if (!done || last.stream().anyMatch(Services::failed)) {
        String troubles =
            last.isEmpty() ? "there is no service" : services.troubles(last.getFirst());
        List<String> targets = groups.problems(group);
        throw unavailable(
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

  /** Versions with traffic scale by load, where the state says so; others keep what they have. */
  void scale(Map<String, String> byName, String front) {
    for (DesiredState.Version version : endpoint.versions()) {
      String name = Naming.version(endpoint.name(), version);
      ScaleSpec scale = version.weight() > 0 ? endpoint.scale() : null;
      services
          .find(name)
          .ifPresent(
              service -> scaling.set(service, scale, front, String.valueOf(byName.get(name))));
    }
  }

  /**
   * Removes what belongs to no version of the state: services first, so that their tasks drain
   * while the rule still knows their groups.
   *
   * @param shares of the rule by target group
   */
  void retire(
      Map<String, String> byName, WeightedRule rule, Map<String, Double> shares, Duration drain) {
    Set<String> kept = new TreeSet<>();
    endpoint.versions().forEach(v -> kept.add(Naming.version(endpoint.name(), v)));
    Set<String> retired = new TreeSet<>(byName.keySet());
    retired.addAll(services.names(endpoint.name()));
    retired.removeAll(kept);
    // what has not drained by then is left for the next call
    if (retired.isEmpty() || !end(retired, drain)) {
      return;
    }
    retired.forEach(name -> shares.remove(String.valueOf(byName.get(name))));
    if (shares.isEmpty()) {
      rule.delete();
    } else {
      rule.set(shares);
    }
    forget(retired, byName);
  }

  /**
   * Ends services and waits for their tasks; what scales them ends first, so that nothing is scaled
   * up again.
   *
   * @return false when some still drain
   */
  boolean end(Set<String> names, Duration drain) {
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
    return Polling.of(drain, LOOK)
        .until(() -> names.stream().allMatch(name -> services.find(name).isEmpty()));
  }

  /** Deletes target groups that no rule refers to, and task definitions. */
  void forget(Set<String> names, Map<String, String> byName) {
    for (String name : names) {
      String group = byName.get(name);
      if (group != null) {
        groups.delete(group);
      }
      definitions.delete(name);
    }
  }

  /** Versions of which some target answers. */
  List<Integer> answering(Map<String, String> byName) {
    return endpoint.versions().stream()
        .filter(
            version -> {
              String group = byName.get(Naming.version(endpoint.name(), version));
              return group != null && !groups.healthy(group).isEmpty();
            })
        .map(DesiredState.Version::version)
        .toList();
  }

  RuntimeException unavailable(String problem) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE, "endpoint " + endpoint.name() + ": " + problem);
  }
}
