package io.millrace.inference.log;

import io.millrace.inference.runtime.Prediction;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Counts what one version answers, and writes the counts as {@link TrafficPart}s when it is told
 * to. Bounded: of a sink that fails for long, the oldest seconds are given up. Thread-safe.
 */
public final class TrafficLog {
  /** An hour: whoever watches a rollout looks at minutes. */
  private static final int SECONDS = 3_600;

  private final String model;
  private final int version;
  private final boolean regression;
  private final String instance;
  private final LogSink sink;
  private final TreeMap<Long, TrafficPart.Second> seconds = new TreeMap<>();
  private long seq;

  /**
   * @param instance of what answers; a suffix made here keeps restarts apart
   */
  public TrafficLog(String model, int version, boolean regression, String instance, LogSink sink) {
    this.model = model;
    this.version = version;
    this.regression = regression;
    this.instance = instance + "-" + UUID.randomUUID().toString().substring(0, 8);
    this.sink = sink;
  }

  /** An answer. @param micros it took, microseconds */
  public synchronized void answered(Instant at, long micros, List<Prediction> predictions) {
    TrafficPart.Second second = count(at, micros, 0, 0);
    for (Prediction prediction : predictions) {
      second.scores()[TrafficPart.score(prediction.score(), regression)]++;
    }
  }

  /** A request whose rows do not fit the model, or that the server is to blame for. */
  public synchronized void failed(Instant at, long micros, boolean invalid) {
    count(at, micros, invalid ? 0 : 1, invalid ? 1 : 0);
  }

  private TrafficPart.Second count(Instant at, long micros, long errors, long invalid) {
    long key = at.getEpochSecond();
    TrafficPart.Second second =
        seconds.getOrDefault(key, TrafficPart.Second.empty(key)).plus(errors, invalid);
    second.latency()[TrafficPart.bucket(micros)]++;
    seconds.put(key, second);
    if (seconds.size() > SECONDS) {
      seconds.pollFirstEntry();
    }
    return second;
  }

  /**
   * Writes what was counted since the last time.
   *
   * @throws RuntimeException of the sink; the counts are kept for the next try
   */
  public void write() {
    TrafficPart part;
    String key;
    synchronized (this) {
      if (seconds.isEmpty()) {
        return;
      }
      part = new TrafficPart(List.copyOf(seconds.values()));
      long last = seconds.lastKey();
      key =
          TrafficPart.folder(model, version, Instant.ofEpochSecond(last))
              + "%s-%08d-%d".formatted(instance, ++seq, last)
              + TrafficPart.ENDING;
      seconds.clear();
    }
    try {
      sink.write(key, part.toJson());
    } catch (RuntimeException e) {
      restore(part);
      throw e;
    }
  }

  /** The same second may have gone on meanwhile: its counts are added. */
  private synchronized void restore(TrafficPart part) {
    for (TrafficPart.Second second : part.seconds()) {
      seconds.merge(second.at(), second, TrafficLog::sum);
    }
    while (seconds.size() > SECONDS) {
      seconds.pollFirstEntry();
    }
  }

  private static TrafficPart.Second sum(TrafficPart.Second a, TrafficPart.Second b) {
    for (int i = 0; i < a.latency().length; i++) {
      a.latency()[i] += b.latency()[i];
    }
    for (int i = 0; i < a.scores().length; i++) {
      a.scores()[i] += b.scores()[i];
    }
    return new TrafficPart.Second(
        a.at(),
        a.requests() + b.requests(),
        a.errors() + b.errors(),
        a.invalid() + b.invalid(),
        a.latency(),
        a.scores());
  }
}
