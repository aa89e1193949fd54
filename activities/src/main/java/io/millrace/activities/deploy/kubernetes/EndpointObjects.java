package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendObjectReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRefBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestMirrorFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestMirrorFilterBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilterBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatchBuilder;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What users reach: a weighted route of the Gateway API, or one Service. */
final class EndpointObjects {
  /** Of a weight of 1: fine enough for tenths of a percent. */
  private static final int WHOLE = 1_000;

  private final Endpoint endpoint;
  private final TargetSpec.Kubernetes settings;

  EndpointObjects(Endpoint endpoint, TargetSpec.Kubernetes settings) {
    this.endpoint = endpoint;
    this.settings = settings;
  }

  String name() {
    return Naming.endpoint(endpoint.name());
  }

  /**
   * Only what users may ask: {@code /admin} and {@code /metrics} stay inside the cluster.
   *
   * @return the route by the weights; the endpoint must have some
   */
  HTTPRoute route() {
    return new HTTPRouteBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .addNewParentRef()
        .withName(gatewayName())
        .withNamespace(gatewayNamespace())
        .endParentRef()
        .withHostnames(settings.hostname() == null ? List.of() : List.of(settings.hostname()))
        .addNewRule()
        .withMatches(
            match("PathPrefix", "/v2"), match("Exact", "/invocations"), match("Exact", "/ping"))
        .withFilters(mirrors())
        .withBackendRefs(backends())
        .endRule()
        .endSpec()
        .build();
  }

  private List<HTTPBackendRef> backends() {
    return endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .map(
            version -> {
              BackendObjectReference service = backend(version);
              return new HTTPBackendRefBuilder()
                  .withGroup(service.getGroup())
                  .withKind(service.getKind())
                  .withName(service.getName())
                  .withPort(service.getPort())
                  .withWeight((int) Math.max(1, Math.round(version.weight() * WHOLE)))
                  .build();
            })
        .toList();
  }

  private List<HTTPRouteFilter> mirrors() {
    return endpoint.versions().stream()
        .filter(version -> version.shadow() > 0)
        .map(
            version ->
                new HTTPRouteFilterBuilder()
                    .withType("RequestMirror")
                    .withRequestMirror(mirror(version))
                    .build())
        .toList();
  }

  private HTTPRequestMirrorFilter mirror(DesiredState.Version version) {
    HTTPRequestMirrorFilterBuilder mirror =
        new HTTPRequestMirrorFilterBuilder().withBackendRef(backend(version));
    double percent = version.shadow() * 100;
    // the API takes a whole percent or a fraction, not both
    return Math.abs(percent - Math.rint(percent)) < 1e-9
        ? mirror.withPercent((int) Math.rint(percent)).build()
        : mirror
            .withNewFraction()
            .withNumerator((int) Math.round(version.shadow() * 10_000))
            .withDenominator(10_000)
            .endFraction()
            .build();
  }

  private BackendObjectReference backend(DesiredState.Version version) {
    return new BackendObjectReferenceBuilder()
        .withGroup("")
        .withKind("Service")
        .withName(Naming.version(endpoint.name(), version))
        .withPort(80)
        .build();
  }

  private static HTTPRouteMatch match(String type, String path) {
    return new HTTPRouteMatchBuilder()
        .withNewPath()
        .withType(type)
        .withValue(path)
        .endPath()
        .build();
  }

  /**
   * The Service that all pods with traffic are behind.
   *
   * @param selector of those pods
   */
  Service service(Map<String, String> selector) {
    return new ServiceBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .withSelector(selector)
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withTargetPort(new IntOrString(ServerPod.PORT))
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  /**
   * Pods with traffic. One version: its pods. Several: all of the endpoint, so a version without
   * weight must have none then. No weights at all: nobody's.
   */
  Map<String, String> selector() {
    List<DesiredState.Version> served =
        endpoint.versions().stream().filter(version -> version.weight() > 0).toList();
    if (served.size() == 1) {
      return Naming.selector(endpoint.name(), served.getFirst());
    }
    Map<String, String> all = new TreeMap<>(Map.of(Naming.ENDPOINT, name()));
    if (served.isEmpty()) {
      all.put(Naming.VERSION, "none");
    }
    return all;
  }

  String gatewayName() {
    String gateway = String.valueOf(settings.gateway());
    return gateway.substring(gateway.indexOf('/') + 1);
  }

  String gatewayNamespace() {
    String gateway = String.valueOf(settings.gateway());
    int slash = gateway.indexOf('/');
    return slash < 0 ? settings.namespace() : gateway.substring(0, slash);
  }

  private ObjectMeta metadata() {
    return new ObjectMetaBuilder()
        .withName(name())
        .withNamespace(settings.namespace())
        .withLabels(Naming.labels(endpoint.name()))
        .withAnnotations(Map.of(Naming.FULL_NAME, endpoint.name()))
        .build();
  }
}
