package io.millrace.infra.it;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The node of {@code infra/local/kubernetes}: a real API server, controllers, scheduler, kubelet
 * and containerd, but nothing that routes a Service's address. So tests choose among the addresses
 * that the endpoint slices name ready, as a proxy of a node does.
 */
final class ClusterNode implements AutoCloseable {
  private static final Set<String> LOADED = ConcurrentHashMap.newKeySet();

  /** Of the environment's {@code KUBECONFIG}. */
  final KubernetesClient client = new KubernetesClientBuilder().build();

  /** Copies an image of the Docker engine into the node, once. */
  static String load(String image) {
    if (LOADED.contains(image)) {
      return image;
    }
    Path script =
        Path.of(System.getenv("MILLRACE_ROOT")).resolve("infra/local/kubernetes/kubernetes.sh");
    try {
      Process load = new ProcessBuilder(script.toString(), "load", image).inheritIO().start();
      if (load.waitFor() != 0) {
        throw new IllegalStateException("image: " + image + " (expected: to be loaded)");
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
    LOADED.add(image);
    return image;
  }

  /** A ready address behind a Service, one of them by chance. */
  String address(String service) throws IOException {
    List<String> ready = addresses(service);
    if (ready.isEmpty()) {
      throw new IOException("service " + service + ": no ready endpoint");
    }
    return ready.get(ThreadLocalRandom.current().nextInt(ready.size()));
  }

  /** {@code http://ip:port} of all ready ones. */
  List<String> addresses(String service) {
    List<String> ready = new ArrayList<>();
    for (EndpointSlice slice :
        client
            .discovery()
            .v1()
            .endpointSlices()
            .inNamespace("default")
            .withLabel("kubernetes.io/service-name", service)
            .list()
            .getItems()) {
      Stream.ofNullable(slice.getEndpoints())
          .flatMap(List::stream)
          .filter(endpoint -> Boolean.TRUE.equals(endpoint.getConditions().getReady()))
          .flatMap(endpoint -> endpoint.getAddresses().stream())
          .map(ip -> "http://" + ip + ":" + slice.getPorts().getFirst().getPort())
          .forEach(ready::add);
    }
    return ready;
  }

  List<Pod> pods(String endpoint, int version) {
    return client
        .pods()
        .inNamespace("default")
        .withLabel("io.millrace/endpoint", endpoint)
        .withLabel("io.millrace/version", Integer.toString(version))
        .list()
        .getItems();
  }

  /** Kills the pod's server as an out-of-memory kill would: the process is gone at once. */
  void kill(String pod) throws IOException {
    String mark = "MILLRACE_SERVER=" + pod + "\0";
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process :
          processes.filter(p -> p.getFileName().toString().matches("\\d+")).toList()) {
        String environment;
        try {
          environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
          continue;
        }
        if (environment.contains(mark)) {
          long pid = Long.parseLong(process.getFileName().toString());
          ProcessHandle.of(pid).orElseThrow().destroyForcibly();
          return;
        }
      }
    }
    throw new IOException("pod " + pod + ": no process");
  }

  /** Until the pod's server was started again and is ready. */
  void awaitRestart(String pod, String service) {
    client
        .pods()
        .inNamespace("default")
        .withName(pod)
        .waitUntilCondition(
            now ->
                now != null
                    && now.getStatus().getContainerStatuses().stream()
                        .allMatch(c -> c.getRestartCount() > 0 && c.getReady()),
            2,
            TimeUnit.MINUTES);
    // a Service learns of it a moment later
    LocalMachine.await(
        "an address of a pod that was started again",
        Duration.ofSeconds(30),
        () -> !addresses(service).isEmpty());
  }

  /** Whatever carries the endpoint's label. */
  List<String> objects(String endpoint) {
    List<HasMetadata> found = new ArrayList<>();
    for (Class<? extends HasMetadata> kind :
        List.of(
            Pod.class,
            Deployment.class,
            Service.class,
            HorizontalPodAutoscaler.class,
            PodDisruptionBudget.class)) {
      found.addAll(
          client
              .resources(kind)
              .inNamespace("default")
              .withLabel("io.millrace/endpoint", endpoint)
              .list()
              .getItems());
    }
    return found.stream().map(o -> o.getKind() + " " + o.getMetadata().getName()).toList();
  }

  @Override
  public void close() {
    client.close();
  }
}
