package io.millrace.activities.deploy.lambda;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.TrafficPart;
import io.millrace.inference.server.DesiredState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Datapoint;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/**
 * What versions answered: from the counts their instances leave beside the prediction log, at most
 * five seconds and a call old, second by second. Calls that ended an instance (out of time, out of
 * memory) left none: those come from the platform's own metric, minutes late on AWS. Thread-safe.
 */
final class FunctionTraffic {
  /** Parts once read; a rollout looks at the same ones every few seconds. */
  private static final int KEPT = 2_000;

  private final ObjectStore store;
  private final CloudWatchClient cloudWatch;
  private final Map<String, TrafficPart> parts =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TrafficPart> eldest) {
          return size() > KEPT;
        }
      };

  FunctionTraffic(ObjectStore store, CloudWatchClient cloudWatch) {
    this.store = store;
    this.cloudWatch = cloudWatch;
  }

  /**
   * @param number of the published version; null when it is gone
   */
  Target.Seen seen(
      Endpoint endpoint, DesiredState.Version version, @Nullable String number, Instant since) {
    long requests = 0;
    long errors = 0;
    long invalid = 0;
    long[] latency = new long[TrafficPart.LATENCIES];
    double[] scores = new double[TrafficPart.SCORES];
    for (String key : keys(endpoint, version, since)) {
      for (TrafficPart.Second second : part(key).seconds()) {
        if (second.at() < since.getEpochSecond()) {
          continue;
        }
        requests += second.requests();
        errors += second.errors();
        invalid += second.invalid();
        for (int i = 0; i < latency.length; i++) {
          latency[i] += second.latency()[i];
        }
        for (int i = 0; i < scores.length; i++) {
          scores[i] += second.scores()[i];
        }
      }
    }
    long lost = number == null ? 0 : Math.max(0, failed(endpoint, number, since) - errors);
    requests += lost;
    // a version that refuses rows which the old one takes errs, as on every other target
    errors += lost + invalid;
    return new Target.Seen(
        version.version(),
        false,
        requests,
        errors,
        quantile(latency, 0.5),
        quantile(latency, 0.99),
        scores,
        latency);
  }

  private static @Nullable Double quantile(long[] latency, double share) {
    long total = LongStream.of(latency).sum();
    long below = 0;
    for (int i = 0; i < latency.length && total > 0; i++) {
      below += latency[i];
      if (below >= Math.ceil(share * total)) {
        return TrafficPart.millis(i);
      }
    }
    return null;
  }

  private List<String> keys(Endpoint endpoint, DesiredState.Version version, Instant since) {
    String model = LambdaNames.model(endpoint.name(), version);
    List<String> keys = new ArrayList<>();
    Instant end = Instant.now().plus(Duration.ofMinutes(1));
    // a part lies in the hour it ends in
    for (Instant hour = since; ; hour = hour.plus(Duration.ofHours(1))) {
      Instant at = hour.isAfter(end) ? end : hour;
      String folder = TrafficPart.folder(model, version.version(), at);
      for (String key : store.list(folder)) {
        if (key.endsWith(TrafficPart.ENDING)
            && TrafficPart.last(key) >= since.getEpochSecond()
            && !keys.contains(key)) {
          keys.add(key);
        }
      }
      if (hour.isAfter(end)) {
        return keys;
      }
    }
  }

  private TrafficPart part(String key) {
    synchronized (parts) {
      TrafficPart there = parts.get(key);
      if (there != null) {
        return there;
      }
    }
    TrafficPart read =
        store.get(key).map(TrafficPart::fromJson).orElseGet(() -> new TrafficPart(List.of()));
    synchronized (parts) {
      parts.put(key, read);
    }
    return read;
  }

  /** Failed calls by the platform's own count: of the whole minutes since then. */
  private long failed(Endpoint endpoint, String number, Instant since) {
    String function = LambdaNames.function(endpoint.name());
    Instant minute = Instant.ofEpochSecond(Math.ceilDiv(since.getEpochSecond(), 60) * 60);
    Instant end = Instant.ofEpochSecond(Instant.now().getEpochSecond() / 60 * 60);
    if (!minute.isBefore(end)) {
      return 0; // no whole minute yet, and CloudWatch takes no empty span
    }
    return LambdaErrors.call(
        "GetMetricStatistics " + function,
        () ->
            (long)
                cloudWatch
                    .getMetricStatistics(
                        r ->
                            r.namespace("AWS/Lambda")
                                .metricName("Errors")
                                .dimensions(
                                    dimension("FunctionName", function),
                                    dimension("Resource", function + ":" + LambdaNames.LIVE),
                                    dimension("ExecutedVersion", number))
                                .startTime(minute)
                                .endTime(end)
                                .period(60)
                                .statistics(Statistic.SUM))
                    .datapoints()
                    .stream()
                    .mapToDouble(Datapoint::sum)
                    .sum());
  }

  private static Dimension dimension(String name, String value) {
    return Dimension.builder().name(name).value(value).build();
  }
}
