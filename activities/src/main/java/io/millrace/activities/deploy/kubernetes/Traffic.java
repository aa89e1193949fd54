package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The way of requests to the pods of one endpoint. */
final class Traffic {
  private final Cluster cluster;
  private final Endpoint endpoint;
  private final TargetSpec.Kubernetes settings;
  private final EndpointObjects objects;

  Traffic(Cluster cluster, Endpoint endpoint, TargetSpec.Kubernetes settings) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.settings = settings;
    this.objects = new EndpointObjects(endpoint, settings);
  }

  /** Sets the weights of the state. Pods behind them must be ready. */
  void direct() {
    if (settings.gateway() == null) {
      cluster.applyOwn(objects.service(objects.selector()));
    } else if (endpoint.versions().stream().anyMatch(version -> version.weight() > 0)) {
      cluster.applyOwn(objects.route());
    }
  }

  /**
   * Whether the Service has the version's pods behind it now; with a gateway that does not matter,
   * since weights do not depend on the number of pods.
   */
  boolean serves(int version) {
    if (settings.gateway() != null) {
      return false;
    }
    return cluster
        .service(objects.name())
        .map(service -> service.getSpec().getSelector())
        .map(
            selector ->
                Integer.toString(version)
                    .equals(selector.getOrDefault(Naming.VERSION, Integer.toString(version))))
        .orElse(false);
  }

  /**
   * Whether what was directed is so: a controller has taken the newest route, or the Service has
   * pods of all versions with weight behind it and of no other.
   */
  boolean accepted() {
    if (endpoint.versions().stream().noneMatch(version -> version.weight() > 0)) {
      return true;
    }
    if (settings.gateway() == null) {
      List<String> behind = cluster.behind(objects.name());
      return endpoint.versions().stream()
          .allMatch(
              version -> {
                String pods = Naming.version(endpoint.name(), version) + "-";
                return version.weight() > 0
                    == behind.stream().anyMatch(pod -> pod.startsWith(pods));
              });
    }
    return cluster.route(objects.name()).map(route -> problem(route).isEmpty()).orElse(false);
  }

  /** Why it is not so. */
  String refusal() {
    if (settings.gateway() == null) {
      return "service "
          + objects.name()
          + " has pods "
          + cluster.behind(objects.name())
          + " behind it (expected: of the versions with weight)";
    }
    return cluster.route(objects.name()).flatMap(this::problem).orElse("the route is gone")
        + " (expected: a controller of gateway "
        + settings.gateway()
        + " that accepts it)";
  }

  private Optional<String> problem(HTTPRoute route) {
    Optional<RouteParentStatus> parent =
        route.getStatus() == null || route.getStatus().getParents() == null
            ? Optional.empty()
            : route.getStatus().getParents().stream()
                .filter(p -> objects.gatewayName().equals(p.getParentRef().getName()))
                .findFirst();
    if (parent.isEmpty()) {
      return Optional.of("no controller has taken route " + route.getMetadata().getName());
    }
    for (String type : List.of("Accepted", "ResolvedRefs")) {
      var condition =
          parent.get().getConditions().stream().filter(c -> type.equals(c.getType())).findFirst();
      if (condition.isEmpty()
          || (condition.get().getObservedGeneration() != null
              && condition.get().getObservedGeneration() < route.getMetadata().getGeneration())) {
        return Optional.of("the gateway's controller has not seen the newest route");
      }
      if (!"True".equals(condition.get().getStatus())) {
        return Optional.of(condition.get().getReason() + ": " + condition.get().getMessage());
      }
    }
    return Optional.empty();
  }

  /** Where requests go: the route's host or the gateway's address, else the Service's name. */
  String url() {
    if (settings.gateway() == null) {
      return "http://" + objects.name() + "." + settings.namespace() + ".svc";
    }
    Gateway gateway =
        cluster
            .gateway(objects.gatewayNamespace(), objects.gatewayName())
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.CONFIG_INVALID,
                        "deployment.target.kubernetes.gateway: "
                            + settings.gateway()
                            + " (expected: a Gateway that exists in namespace "
                            + objects.gatewayNamespace()
                            + ")"));
    Listener listener =
        gateway.getSpec().getListeners().stream()
            .min(Comparator.comparing(l -> "HTTPS".equals(l.getProtocol()) ? 0 : 1))
            .orElseThrow();
    boolean tls = "HTTPS".equals(listener.getProtocol());
    int port = listener.getPort();
    String suffix = port == (tls ? 443 : 80) ? "" : ":" + port;
    return (tls ? "https://" : "http://") + host(gateway) + suffix;
  }

  private String host(Gateway gateway) {
    if (settings.hostname() != null) {
      return settings.hostname();
    }
    if (gateway.getStatus() != null
        && gateway.getStatus().getAddresses() != null
        && !gateway.getStatus().getAddresses().isEmpty()) {
      return gateway.getStatus().getAddresses().getFirst().getValue();
    }
    return objects.gatewayName() + "." + objects.gatewayNamespace() + ".svc";
  }
}
