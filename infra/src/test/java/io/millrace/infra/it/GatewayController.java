package io.millrace.infra.it;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatusAddressBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A Gateway and the part of its controller that a target waits for: it accepts routes. It moves no
 * traffic; the real API server checks what it is given against the API's own definitions.
 */
final class GatewayController implements AutoCloseable {
  private final KubernetesClient client;
  private final Gateway gateway;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private volatile boolean answering = true;

  GatewayController(KubernetesClient client, String name) {
    this.client = client;
    Gateway wanted =
        new GatewayBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("default")
            .endMetadata()
            .withNewSpec()
            .withGatewayClassName("test")
            .addNewListener()
            .withName("http")
            .withProtocol("HTTP")
            .withPort(80)
            .endListener()
            .endSpec()
            .build();
    gateway = client.resource(wanted).createOr(there -> there.update());
    client
        .resources(Gateway.class)
        .inNamespace("default")
        .withName(name)
        .editStatus(
            there ->
                new GatewayBuilder(there)
                    .withStatus(
                        new GatewayStatusBuilder()
                            .withAddresses(
                                new GatewayStatusAddressBuilder()
                                    .withType("IPAddress")
                                    .withValue("192.0.2.7")
                                    .build())
                            .build())
                    .build());
    thread.scheduleWithFixedDelay(this::accept, 100, 100, TimeUnit.MILLISECONDS);
  }

  /** Whether it does its work. */
  void answers(boolean now) {
    answering = now;
  }

  /** Of the routes' backends. */
  Map<String, Integer> weights() {
    Map<String, Integer> weights = new TreeMap<>();
    rules()
        .forEach(
            rule -> rule.getBackendRefs().forEach(b -> weights.put(b.getName(), b.getWeight())));
    return weights;
  }

  /** Percent by backend. */
  Map<String, Integer> mirrors() {
    Map<String, Integer> mirrors = new TreeMap<>();
    for (HTTPRouteRule rule : rules()) {
      for (HTTPRouteFilter filter : rule.getFilters()) {
        mirrors.put(
            filter.getRequestMirror().getBackendRef().getName(),
            filter.getRequestMirror().getPercent());
      }
    }
    return mirrors;
  }

  private List<HTTPRouteRule> rules() {
    return routes().stream().flatMap(route -> route.getSpec().getRules().stream()).toList();
  }

  private List<HTTPRoute> routes() {
    return client.resources(HTTPRoute.class).inNamespace("default").list().getItems();
  }

  private void accept() {
    try {
      if (answering) {
        routes().forEach(this::accept);
      }
    } catch (RuntimeException gone) {
      // the route was changed or deleted meanwhile: the next round looks again
    }
  }

  private void accept(HTTPRoute route) {
    long generation = route.getMetadata().getGeneration();
    if (route.getStatus() != null
        && route.getStatus().getParents() != null
        && route.getStatus().getParents().stream()
            .flatMap(parent -> parent.getConditions().stream())
            .anyMatch(c -> c.getObservedGeneration() == generation)) {
      return;
    }
    client
        .resource(route)
        .editStatus(
            there -> {
              there.setStatus(
                  new HTTPRouteStatusBuilder()
                      .withParents(
                          new RouteParentStatusBuilder()
                              .withControllerName("millrace.io/test")
                              .withParentRef(there.getSpec().getParentRefs().getFirst())
                              .withConditions(
                                  condition("Accepted", generation),
                                  condition("ResolvedRefs", generation))
                              .build())
                      .build());
              return there;
            });
  }

  private static Condition condition(String type, long generation) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus("True")
        .withReason(type)
        .withMessage("")
        .withObservedGeneration(generation)
        .withLastTransitionTime(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .build();
  }

  @Override
  public void close() {
    thread.shutdownNow();
    client.resource(gateway).delete();
  }
}
