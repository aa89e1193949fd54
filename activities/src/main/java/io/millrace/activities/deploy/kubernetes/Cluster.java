package io.millrace.activities.deploy.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** One namespace of a cluster: what we ask of its API, with its errors made ours. */
final class Cluster {
  /** Owner of the fields we set; what others set on our objects is left alone. */
  private static final String MANAGER = "millrace";

  private final KubernetesClient client;
  private final String namespace;

  Cluster(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Server-side apply: makes or changes, and is the same when repeated. */
  <T extends HasMetadata> T apply(T wanted) {
    return KubernetesErrors.call(
        what(wanted.getKind(), wanted.getMetadata().getName()),
        () -> client.resource(wanted).fieldManager(MANAGER).forceConflicts().serverSideApply());
  }

  /** As {@link #apply}, refusing to take over an object that somebody else made. */
  <T extends HasMetadata> T applyOwn(T wanted) {
    HasMetadata there =
        KubernetesErrors.call(
            what(wanted.getKind(), wanted.getMetadata().getName()),
            () -> client.resource(wanted).get());
    String name = wanted.getMetadata().getAnnotations().get(Naming.FULL_NAME);
    if (there != null
        && (there.getMetadata().getAnnotations() == null
            || !String.valueOf(name)
                .equals(there.getMetadata().getAnnotations().get(Naming.FULL_NAME)))) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          what(wanted.getKind(), wanted.getMetadata().getName())
              + ": there and not of endpoint "
              + name
              + " (expected: a namespace where the name is free)");
    }
    return apply(wanted);
  }

  Optional<Deployment> deployment(String name) {
    return KubernetesErrors.call(
        what("Deployment", name),
        () ->
            Optional.ofNullable(
                client.apps().deployments().inNamespace(namespace).withName(name).get()));
  }

  Optional<Service> service(String name) {
    return KubernetesErrors.call(
        what("Service", name),
        () -> Optional.ofNullable(client.services().inNamespace(namespace).withName(name).get()));
  }

  Optional<HTTPRoute> route(String name) {
    return KubernetesErrors.call(
        what("HTTPRoute", name),
        () ->
            Optional.ofNullable(
                client.resources(HTTPRoute.class).inNamespace(namespace).withName(name).get()));
  }

  Optional<Gateway> gateway(String ofNamespace, String name) {
    return KubernetesErrors.call(
        "Gateway " + ofNamespace + "/" + name,
        () ->
            Optional.ofNullable(
                client.resources(Gateway.class).inNamespace(ofNamespace).withName(name).get()));
  }

  /** All of a kind that carry the labels; none where the cluster does not know the kind. */
  <T extends HasMetadata> List<T> list(Class<T> kind, Map<String, String> labels) {
    try {
      return client.resources(kind).inNamespace(namespace).withLabels(labels).list().getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return List.of();
      }
      throw KubernetesErrors.of("list of " + kind.getSimpleName() + " in " + namespace, e);
    }
  }

  List<Pod> pods(Map<String, String> labels) {
    return list(Pod.class, labels);
  }

  /** Names of the ready pods behind a Service. */
  List<String> behind(String service) {
    return list(EndpointSlice.class, Map.of("kubernetes.io/service-name", service)).stream()
        // null, not empty, until there is one
        .flatMap(slice -> Stream.ofNullable(slice.getEndpoints()).flatMap(List::stream))
        .filter(endpoint -> Boolean.TRUE.equals(endpoint.getConditions().getReady()))
        .filter(endpoint -> endpoint.getTargetRef() != null)
        .map(endpoint -> endpoint.getTargetRef().getName())
        .toList();
  }

  List<Event> warnings() {
    return KubernetesErrors.call(
        "events of " + namespace,
        () ->
            client
                .v1()
                .events()
                .inNamespace(namespace)
                .withField("type", "Warning")
                .list()
                .getItems());
  }

  /** Deletes with what it owns, which goes first; gone already is success. */
  void delete(HasMetadata object) {
    KubernetesErrors.call(
        what(object.getKind(), object.getMetadata().getName()),
        () ->
            client.resource(object).withPropagationPolicy(DeletionPropagation.FOREGROUND).delete());
  }

  /**
   * The server's statistics, by way of the API server, which reaches pods from wherever we are.
   *
   * @throws IOException when the pod does not answer
   */
  JsonNode stats(Pod pod, Instant since) throws IOException {
    String path =
        "/api/v1/namespaces/%s/pods/%s:%d/proxy/admin/stats?since=%s"
            .formatted(
                namespace,
                pod.getMetadata().getName(),
                ServerPod.PORT,
                URLEncoder.encode(since.toString(), StandardCharsets.UTF_8));
    String body;
    try {
      body = client.raw(path);
    } catch (KubernetesClientException e) {
      if (e.getCode() == 401 || e.getCode() == 403) {
        throw KubernetesErrors.of("pods/proxy of " + pod.getMetadata().getName(), e);
      }
      throw new IOException(e.getMessage(), e);
    }
    if (body == null) {
      throw new IOException("pod " + pod.getMetadata().getName() + ": gone");
    }
    return PayloadJson.mapper().readTree(body);
  }

  private String what(String kind, String name) {
    return kind + " " + namespace + "/" + name;
  }
}
