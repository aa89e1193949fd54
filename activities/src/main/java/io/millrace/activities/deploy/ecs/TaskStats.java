package io.millrace.activities.deploy.ecs;

import io.millrace.activities.deploy.ReplicaStats;
import io.millrace.activities.deploy.Target.Seen;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;

/**
 * What a version's tasks answered: from the tasks themselves where this process is in their
 * network, which knows scores and the last second; else from the load balancer's metrics, which
 * know requests, errors and latency, a minute late.
 */
final class TaskStats {
  private static final Logger LOG = LoggerFactory.getLogger(TaskStats.class);

  /** A task in the same network answers from memory; what takes longer is not reachable. */
  private static final Duration CONNECT = Duration.ofSeconds(1);

  private static final Duration ANSWER = Duration.ofSeconds(3);

  private final CloudWatchClient cloudWatch;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  TaskStats(CloudWatchClient cloudWatch) {
    this.cloudWatch = cloudWatch;
  }

  /**
   * @param tasks {@code address:port} of those that answer
   * @param balancer ARN of the load balancer
   * @param group ARN of the version's target group
   */
  List<Seen> of(int version, List<String> tasks, String balancer, String group, Instant since) {
    List<Seen> seen = new ArrayList<>();
    int silent = 0;
    List<CompletableFuture<HttpResponse<byte[]>>> answers =
        tasks.stream().map(task -> http.sendAsync(request(task, since), body())).toList();
    for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
      Optional<List<Seen>> read = read(answer);
      read.ifPresent(seen::addAll);
      silent += read.isPresent() ? 0 : 1;
    }
    if (tasks.isEmpty() || silent < tasks.size()) {
      if (silent > 0) {
        LOG.warn("{} of {} tasks of version {} silent", silent, tasks.size(), version);
      }
      return ReplicaStats.sum(seen);
    }
    LOG.info("tasks of version {} cannot be reached from here: metrics instead", version);
    return List.of(metrics(version, balancer, group, since));
  }

  private static HttpRequest request(String task, Instant since) {
    String query = URLEncoder.encode(since.toString(), StandardCharsets.UTF_8);
    return HttpRequest.newBuilder(URI.create("http://" + task + "/admin/stats?since=" + query))
        .timeout(ANSWER)
        .build();
  }

  private static HttpResponse.BodyHandler<byte[]> body() {
    return HttpResponse.BodyHandlers.ofByteArray();
  }

  private static Optional<List<Seen>> read(CompletableFuture<HttpResponse<byte[]>> answer) {
    try {
      HttpResponse<byte[]> response = answer.get(ANSWER.toMillis() * 2, TimeUnit.MILLISECONDS);
      return response.statusCode() == 200
          ? Optional.of(ReplicaStats.read(PayloadJson.mapper().readTree(response.body())))
          : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException | IOException e) {
      return Optional.empty();
    }
  }

  private Seen metrics(int version, String balancer, String group, Instant since) {
    Instant from = since.truncatedTo(ChronoUnit.MINUTES);
    Instant to = Instant.now().truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
    // one period over all of it, so that quantiles are of all requests
    int period = (int) Math.max(60, Duration.between(from, to).toSeconds());
    List<Dimension> dimensions =
        List.of(
            Dimension.builder()
                .name("LoadBalancer")
                .value(balancer.substring(balancer.indexOf("loadbalancer/") + 13))
                .build(),
            Dimension.builder()
                .name("TargetGroup")
                .value(group.substring(group.lastIndexOf(':') + 1))
                .build());
    Map<String, String> asked =
        Map.of(
            "requests", "RequestCount Sum",
            "errors", "HTTPCode_Target_5XX_Count Sum",
            "p50", "TargetResponseTime p50",
            "p99", "TargetResponseTime p99");
    List<MetricDataQuery> queries =
        asked.entrySet().stream()
            .map(
                query ->
                    MetricDataQuery.builder()
                        .id(query.getKey())
                        .metricStat(
                            s ->
                                s.metric(
                                        m ->
                                            m.namespace("AWS/ApplicationELB")
                                                .metricName(query.getValue().split(" ")[0])
                                                .dimensions(dimensions))
                                    .period(period)
                                    .stat(query.getValue().split(" ")[1]))
                        .build())
            .toList();
    Map<String, Double> values = new TreeMap<>();
    EcsErrors.call(
            "cloudwatch GetMetricData",
            () ->
                cloudWatch.getMetricData(
                    r -> r.startTime(from).endTime(to).metricDataQueries(queries)))
        .metricDataResults()
        .forEach(
            result ->
                result.values().stream()
                    .max(Double::compare)
                    .ifPresent(value -> values.put(result.id(), value)));
    Double p50 = values.get("p50");
    Double p99 = values.get("p99");
    return new Seen(
        version,
        false,
        values.getOrDefault("requests", 0.0).longValue(),
        values.getOrDefault("errors", 0.0).longValue(),
        p50 == null ? null : p50 * 1_000,
        p99 == null ? null : p99 * 1_000,
        new double[0],
        new long[0]);
  }
}
