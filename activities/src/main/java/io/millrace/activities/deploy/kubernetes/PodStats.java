package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.ReplicaStats;
import io.millrace.activities.deploy.Target.Seen;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the ready pods of an endpoint answered, all asked at once. */
final class PodStats {
  private static final Logger LOG = LoggerFactory.getLogger(PodStats.class);

  private final Cluster cluster;
  private final Endpoint endpoint;

  PodStats(Cluster cluster, Endpoint endpoint) {
    this.cluster = cluster;
    this.endpoint = endpoint;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} when none of them
   *     answers, {@code CONFIG_INVALID} when they may not be asked
   */
  List<Seen> since(Instant since) {
    List<Pod> pods =
        cluster.pods(Map.of(Naming.ENDPOINT, Naming.endpoint(endpoint.name()))).stream()
            .filter(PodTroubles::ready)
            .toList();
    List<Seen> seen = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    for (Future<List<Seen>> answer : asked(pods, since)) {
      if (answer.state() == Future.State.SUCCESS) {
        seen.addAll(answer.resultNow());
      } else if (answer.exceptionNow() instanceof IOException e) {
        silent.add(String.valueOf(e.getMessage()));
      } else {
        throw Failures.of(
            FailureType.CONFIG_INVALID,
            answer.exceptionNow(),
            Failures.sentence(answer.exceptionNow()));
      }
    }
    if (!silent.isEmpty()) {
      LOG.warn("{} of {} pods of {}: {}", silent.size(), pods.size(), endpoint.name(), silent);
    }
    if (!pods.isEmpty() && silent.size() == pods.size()) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          "endpoint "
              + endpoint.name()
              + ": no statistics from "
              + pods.size()
              + " ready pods: "
              + silent
              + " (expected: an answer at /admin/stats)");
    }
    return ReplicaStats.sum(seen).stream().map(this::mirrored).toList();
  }

  private List<Future<List<Seen>>> asked(List<Pod> pods, Instant since) {
    List<Callable<List<Seen>>> calls = new ArrayList<>();
    pods.forEach(pod -> calls.add(() -> ReplicaStats.read(cluster.stats(pod, since))));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return threads.invokeAll(calls);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(FailureType.ENDPOINT_UNAVAILABLE, e, "interrupted while asking pods");
    }
  }

  /** A pod does not know that its requests are copies: of a shadow they all are. */
  private Seen mirrored(Seen sum) {
    boolean shadow =
        endpoint.versions().stream()
            .anyMatch(version -> version.version() == sum.version() && version.shadow() > 0);
    return new Seen(
        sum.version(),
        shadow || sum.shadow(),
        sum.requests(),
        sum.errors(),
        sum.p50(),
        sum.p99(),
        sum.scores(),
        sum.latency());
  }
}
