package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The versions of one endpoint on a cluster: their pods, and how many. */
final class Installation {
  /** What a version is made of; a Deployment takes its pods with it. */
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          HorizontalPodAutoscaler.class,
          Deployment.class,
          Service.class,
          PodDisruptionBudget.class);

  private final Cluster cluster;
  private final Endpoint endpoint;
  private final TargetSpec.Kubernetes settings;
  private final ScaleSpec scale;

  Installation(Cluster cluster, Endpoint endpoint, TargetSpec.Kubernetes settings) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.settings = settings;
    ScaleSpec asked = endpoint.scale();
    this.scale = asked == null ? new ScaleSpec(1, 1, null) : asked;
  }

  /** Pods wanted by version, with all of the state's versions in it. */
  Map<Integer, Integer> wanted() {
    Map<Integer, Integer> pods = new TreeMap<>();
    if (settings.gateway() == null) {
      Map<Integer, Integer> shares = PodShares.of(endpoint.weights(), scale.min());
      // behind one Service a version without weight must have no pods while others share
      int idle = shares.size() > 1 ? 0 : scale.min();
      endpoint.weights().keySet().forEach(v -> pods.put(v, shares.getOrDefault(v, idle)));
    } else {
      endpoint.weights().keySet().forEach(version -> pods.put(version, scale.min()));
    }
    if (autoscaled()) {
      grown(pods);
    }
    return pods;
  }

  /**
   * What the autoscaler had found to be needed stays: a version keeps its pods while it waits to be
   * rolled back to, and one that takes a share comes with that share of them.
   */
  private void grown(Map<Integer, Integer> pods) {
    Map<Integer, Integer> now = new TreeMap<>();
    endpoint.versions().forEach(version -> now.put(version.version(), replicas(version)));
    int busiest = now.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    for (DesiredState.Version version : endpoint.versions()) {
      int share = (int) Math.ceil(version.weight() * busiest);
      int grown = Math.max(now.getOrDefault(version.version(), 0), share);
      pods.put(version.version(), Math.clamp(grown, scale.min(), scale.max()));
    }
  }

  /** Whether pods come and go by load: never while their number is what splits the traffic. */
  private boolean autoscaled() {
    return scale.max() > scale.min() && (settings.gateway() != null || served() <= 1);
  }

  private long served() {
    return endpoint.versions().stream().filter(version -> version.weight() > 0).count();
  }

  int replicas(DesiredState.Version version) {
    return cluster
        .deployment(Naming.version(endpoint.name(), version))
        .map(deployment -> deployment.getSpec().getReplicas())
        .orElse(0);
  }

  /**
   * Makes it exist with so many pods. An image that is there stays: a version does not change.
   *
   * @param environment of the server
   */
  void install(
      DesiredState.Version version,
      int pods,
      VersionImages images,
      Map<String, String> environment) {
    VersionObjects objects = new VersionObjects(endpoint, version, settings);
    String image =
        cluster
            .deployment(objects.name())
            .map(there -> there.getSpec().getTemplate().getSpec().getContainers().getFirst())
            .map(container -> container.getImage())
            .orElseGet(() -> images.of(endpoint, version, settings.registry()));
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("MILLRACE_ENDPOINT", endpoint.name());
    variables.put("MILLRACE_MODEL_VERSION", Integer.toString(version.version()));
    variables.put("MILLRACE_MODEL_DIGEST", version.digest());
    cluster.apply(objects.deployment(image, pods, variables));
    cluster.apply(objects.disruptionBudget());
    if (settings.gateway() != null) {
      cluster.apply(objects.service());
    }
    if (autoscaled() && version.weight() > 0) {
      cluster.apply(objects.autoscaler(scale));
    } else {
      cluster.delete(objects.autoscaler(scale));
    }
  }

  /** Whether the newest pods of a version answer, as many as {@code least}, and no older ones. */
  boolean ready(DesiredState.Version version, int least) {
    Optional<Deployment> deployment = cluster.deployment(Naming.version(endpoint.name(), version));
    if (deployment.isEmpty() || deployment.get().getStatus() == null) {
      return false;
    }
    DeploymentStatus status = deployment.get().getStatus();
    int updated = number(status.getUpdatedReplicas());
    return status.getObservedGeneration() != null
        && status.getObservedGeneration() >= deployment.get().getMetadata().getGeneration()
        && updated >= least
        && number(status.getReplicas()) <= updated
        && number(status.getReadyReplicas()) >= least;
  }

  /** Versions of which some pod answers. */
  List<Integer> answering() {
    return endpoint.versions().stream()
        .filter(
            version ->
                cluster
                    .deployment(Naming.version(endpoint.name(), version))
                    .map(Deployment::getStatus)
                    .map(status -> number(status.getReadyReplicas()) > 0)
                    .orElse(false))
        .map(DesiredState.Version::version)
        .toList();
  }

  List<Pod> pods(DesiredState.Version version) {
    return cluster.pods(Naming.selector(endpoint.name(), version));
  }

  /** Deletes what belongs to no version of the state. @return whether there was anything */
  boolean removeOthers() {
    Set<String> kept =
        endpoint.versions().stream()
            .map(version -> Naming.version(endpoint.name(), version))
            .collect(Collectors.toSet());
    kept.add(Naming.endpoint(endpoint.name()));
    return remove(kept);
  }

  /** Deletes everything, the way to users first. */
  void removeAll() {
    cluster.list(HTTPRoute.class, labels()).forEach(cluster::delete);
    remove(Set.of());
  }

  /** Whether nothing is left, pods included. */
  boolean gone() {
    return cluster.list(HTTPRoute.class, labels()).isEmpty()
        && KINDS.stream().allMatch(kind -> cluster.list(kind, labels()).isEmpty())
        && cluster.pods(labels()).isEmpty();
  }

  /** Whether no pod of another version is left. */
  boolean othersGone() {
    Set<String> versions =
        endpoint.versions().stream()
            .map(version -> Integer.toString(version.version()))
            .collect(Collectors.toSet());
    return cluster.pods(labels()).stream()
        .allMatch(pod -> versions.contains(pod.getMetadata().getLabels().get(Naming.VERSION)));
  }

  private boolean remove(Set<String> kept) {
    boolean any = false;
    for (Class<? extends HasMetadata> kind : KINDS) {
      for (HasMetadata object : cluster.list(kind, labels())) {
        if (!kept.contains(object.getMetadata().getName())) {
          cluster.delete(object);
          any = true;
        }
      }
    }
    return any;
  }

  private Map<String, String> labels() {
    return Map.of(Naming.ENDPOINT, Naming.endpoint(endpoint.name()));
  }

  private static int number(Integer value) {
    return value == null ? 0 : value;
  }
}
