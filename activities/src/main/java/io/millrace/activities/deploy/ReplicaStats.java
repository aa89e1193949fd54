package io.millrace.activities.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.deploy.Target.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What model servers answer at {@code /admin/stats}, read and added up over the replicas. */
public final class ReplicaStats {
  /** Buckets of a server's latencies per doubling, from 1 µs. */
  private static final double PER_DOUBLING = 8;

  private ReplicaStats() {}

  /**
   * One server's answer.
   *
   * @param stats the body
   */
  public static List<Seen> read(JsonNode stats) {
    List<Seen> seen = new ArrayList<>();
    for (JsonNode node : stats.path("versions")) {
      int version = node.path("version").asInt();
      seen.add(window(version, false, node));
      // what a server mirrors by itself it counts apart
      if (node.path("shadow").isObject()) {
        seen.add(window(version, true, node.path("shadow")));
      }
    }
    return seen;
  }

  private static Seen window(int version, boolean shadow, JsonNode node) {
    long requests = node.path("requests").asLong();
    return new Seen(
        version,
        shadow,
        requests,
        node.path("errors").asLong(),
        requests > 0 ? number(node.path("p50")) : null,
        requests > 0 ? number(node.path("p99")) : null,
        counts(node.path("scores")).asDoubleStream().toArray(),
        counts(node.path("latency")).toArray());
  }

  /** One entry per version and kind of traffic: counts added, quantiles of the added buckets. */
  public static List<Seen> sum(List<Seen> replicas) {
    Map<String, Seen> sums = new TreeMap<>();
    for (Seen replica : replicas) {
      sums.merge(replica.version() + " " + replica.shadow(), replica, ReplicaStats::plus);
    }
    return List.copyOf(sums.values());
  }

  private static Seen plus(Seen a, Seen b) {
    double[] scores = longer(a.scores(), b.scores());
    double[] others = scores == a.scores() ? b.scores() : a.scores();
    double[] summed = scores.clone();
    for (int i = 0; i < others.length; i++) {
      summed[i] += others[i];
    }
    long[] latency = new long[Math.max(a.latency().length, b.latency().length)];
    for (long[] of : List.of(a.latency(), b.latency())) {
      for (int i = 0; i < of.length; i++) {
        latency[i] += of[i];
      }
    }
    return new Seen(
        a.version(),
        a.shadow(),
        a.requests() + b.requests(),
        a.errors() + b.errors(),
        quantile(latency, 0.5, a.p50(), b.p50()),
        quantile(latency, 0.99, a.p99(), b.p99()),
        summed,
        latency);
  }

  private static double[] longer(double[] a, double[] b) {
    return a.length >= b.length ? a : b;
  }

  /** Milliseconds; without buckets the worse of the two, which never hides a slow replica. */
  private static @Nullable Double quantile(
      long[] latency, double share, @Nullable Double one, @Nullable Double other) {
    long total = LongStream.of(latency).sum();
    if (total == 0) {
      return Stream.of(one == null ? -1.0 : one, other == null ? -1.0 : other)
          .max(Double::compare)
          .filter(worst -> worst >= 0)
          .orElse(null);
    }
    long target = (long) Math.ceil(share * total);
    long below = 0;
    int bucket = 0;
    while (bucket < latency.length && (below += latency[bucket]) < target) {
      bucket++;
    }
    return Math.pow(2, (bucket + 1) / PER_DOUBLING) / 1_000;
  }

  private static LongStream counts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::asLong);
  }

  private static @Nullable Double number(JsonNode node) {
    return node.isNumber() ? node.asDouble() : null;
  }
}
