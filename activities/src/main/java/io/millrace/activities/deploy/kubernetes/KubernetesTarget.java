package io.millrace.activities.deploy.kubernetes;

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
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Endpoints on Kubernetes, 1.30 or newer. A version is a Deployment with its disruption budget and,
 * where asked for, its autoscaler. With a gateway a route of the Gateway API carries weights and
 * mirrors (GEP-718, GEP-3171); without one, all pods are behind one Service and weights are numbers
 * of pods. Everything is applied server-side under one field manager, so a repeat changes nothing.
 */
public final class KubernetesTarget implements Target {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesTarget.class);
  private static final Duration LOOK = Duration.ofMillis(400);

  /** A controller takes a route within a second; one that has not by now is not there. */
  private static final Duration ROUTE = Duration.ofSeconds(20);

  /** The pods' own grace, and a little. */
  private static final Duration DRAIN = Duration.ofSeconds(50);

  private final KubernetesClients clients;
  private final VersionImages images;
  private final Map<String, String> environment;
  private final Duration budget;

  /**
   * @param environment of every server, such as {@code MILLRACE_LOG_URI}; no secrets
   * @param budget for making versions ready
   */
  public KubernetesTarget(
      KubernetesClients clients,
      VersionImages images,
      Map<String, String> environment,
      Duration budget) {
    this.clients = clients;
    this.images = images;
    this.environment = Map.copyOf(environment);
    this.budget = budget;
  }

  @Override
  public String kind() {
    return "kubernetes";
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    Set<Ability> abilities = EnumSet.of(Ability.WEIGHTS, Ability.INSTANCES, Ability.AUTOSCALING);
    if (settings.kubernetes() != null && settings.kubernetes().gateway() != null) {
      abilities.add(Ability.SHADOW);
    }
    return abilities;
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    return new Place(0, null);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    TargetSpec.Kubernetes settings = settings(endpoint);
    Cluster cluster = cluster(settings);
    Installation installation = new Installation(cluster, endpoint, settings);
    Traffic traffic = new Traffic(cluster, endpoint, settings);
    String url = traffic.url();
    Map<Integer, Integer> wanted = installation.wanted();
    Set<Integer> must = new TreeSet<>(needed);
    for (DesiredState.Version version : endpoint.versions()) {
      if (version.weight() > 0 || version.shadow() > 0) {
        must.add(version.version());
      }
    }
    for (int version : needed) {
      if (wanted.getOrDefault(version, 1) == 0) {
        throw unavailable(
            endpoint,
            "version "
                + version
                + " cannot be made ready while pods split the traffic (expected: one version with"
                + " all of it, or deployment.target.kubernetes.gateway)");
      }
    }
    // more pods come before the traffic moves, fewer after it has
    Broken broken = new Broken();
    for (DesiredState.Version version : endpoint.versions()) {
      int number = version.version();
      int least = traffic.serves(number) ? installation.replicas(version) : 0;
      int pods = Math.max(wanted.getOrDefault(number, 0), least);
      broken.attempt(number, () -> installation.install(version, pods, images, environment));
    }
    broken.refuse(endpoint.name(), must);
    await(endpoint, installation, wanted, must);
    traffic.direct();
    if (!Polling.of(ROUTE, LOOK).until(traffic::accepted)) {
      throw unavailable(endpoint, traffic.refusal());
    }
    for (DesiredState.Version version : endpoint.versions()) {
      int pods = wanted.getOrDefault(version.version(), 0);
      if (installation.replicas(version) > pods) {
        installation.install(version, pods, images, environment);
      }
    }
    if (installation.removeOthers() && !Polling.of(DRAIN, LOOK).until(installation::othersGone)) {
      LOG.info("pods of retired versions of {} are still draining", endpoint.name());
    }
    return new Live(url, installation.answering());
  }

  private void await(
      Endpoint endpoint,
      Installation installation,
      Map<Integer, Integer> wanted,
      Set<Integer> must) {
    Polling patience = Polling.of(budget, LOOK);
    for (DesiredState.Version version : endpoint.versions()) {
      int pods = wanted.getOrDefault(version.version(), 0);
      if (pods == 0) {
        // its pods would be behind the Service as soon as that takes more than one version
        patience.until(() -> installation.pods(version).isEmpty());
      }
    }
    for (DesiredState.Version version : endpoint.versions()) {
      if (!must.contains(version.version())) {
        continue;
      }
      int pods = wanted.getOrDefault(version.version(), 0);
      boolean[] lost = {false};
      boolean done =
          patience.until(
              () -> {
                boolean ready = installation.ready(version, pods);
                lost[0] = !ready && PodTroubles.lasting(installation.pods(version));
                return ready || lost[0];
              });
      if (!done || lost[0]) {
        throw unavailable(
            endpoint,
            "version "
                + version.version()
                + ": "
                + PodTroubles.sentence(
                    installation.pods(version), cluster(settings(endpoint)).warnings())
                + " (expected: "
                + pods
                + (pods == 1 ? " pod" : " pods")
                + " ready within "
                + budget.toSeconds()
                + " s)");
      }
    }
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    TargetSpec.Kubernetes settings = settings(endpoint);
    Cluster cluster = cluster(settings);
    Installation installation = new Installation(cluster, endpoint, settings);
    return installation.gone()
        ? Optional.empty()
        : Optional.of(
            new Live(new Traffic(cluster, endpoint, settings).url(), installation.answering()));
  }

  /** Of the pods that answer; a pod's counts go with it. */
  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    return new PodStats(cluster(settings(endpoint)), endpoint).since(since);
  }

  @Override
  public void remove(Endpoint endpoint) {
    TargetSpec.Kubernetes settings = settings(endpoint);
    Installation installation = new Installation(cluster(settings), endpoint, settings);
    installation.removeAll();
    if (!Polling.of(DRAIN, LOOK).until(installation::gone)) {
      throw unavailable(
          endpoint, "still draining after " + DRAIN.toSeconds() + " s (expected: to be gone)");
    }
  }

  private Cluster cluster(TargetSpec.Kubernetes settings) {
    return new Cluster(clients.of(settings.context()), settings.namespace());
  }

  private static TargetSpec.Kubernetes settings(Endpoint endpoint) {
    TargetSpec.Kubernetes settings = endpoint.spec().kubernetes();
    if (settings == null) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN,
          "endpoint " + endpoint.name() + ": no settings (expected: those of kubernetes)");
    }
    return settings;
  }

  private static RuntimeException unavailable(Endpoint endpoint, String problem) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE, "endpoint " + endpoint.name() + ": " + problem);
  }
}
