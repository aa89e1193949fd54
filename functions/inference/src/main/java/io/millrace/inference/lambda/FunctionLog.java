package io.millrace.inference.lambda;

import io.millrace.inference.log.Answered;
import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.LogSinks;
import io.millrace.inference.log.PredictionLog;
import io.millrace.inference.log.TrafficLog;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The prediction log and the traffic counts of one instance. The platform freezes an instance
 * between calls and may end it without a word, so both are written at the end of a call when the
 * last write is {@link #EVERY} old, and the call waits for it, {@link #WAIT} at most. The very
 * first call starts the write without waiting: whoever starts an instance waits for its start
 * already. So an instance that ends may take the answers of its last seconds with it, never more.
 *
 * <p>Made at the first call and not before: instances of one snapshot must not share a name.
 */
final class FunctionLog {
  static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration WAIT = Duration.ofSeconds(1);

  /** The platform kills two seconds after it said so, at best. */
  private static final Duration LAST = Duration.ofMillis(1_500);

  /** Some megabytes; a call has 10,000 rows at most. */
  private static final int MAX_QUEUED_ROWS = 50_000;

  private final PredictionLog predictions;
  private final TrafficLog traffic;
  private final ModelManifest manifest;
  private final int version;
  private final Clock clock;
  private final Executor writer;
  private final AtomicLong failures = new AtomicLong();
  private @Nullable Instant written;

  FunctionLog(FunctionConfig config, String endpoint, ModelManifest manifest, LogSink sink) {
    this(config, endpoint, manifest, sink, Clock.systemUTC());
  }

  FunctionLog(
      FunctionConfig config, String endpoint, ModelManifest manifest, LogSink sink, Clock clock) {
    this.manifest = manifest;
    this.version = config.version();
    this.clock = clock;
    this.predictions = new PredictionLog(endpoint, config.function(), MAX_QUEUED_ROWS, sink, clock);
    this.traffic =
        new TrafficLog(
            manifest.model(),
            version,
            manifest.task().equals("regression"),
            config.function(),
            sink);
    this.writer = task -> Thread.ofPlatform().name("traffic-log").daemon().start(task);
  }

  /** Null when the function logs nowhere. */
  static @Nullable FunctionLog open(
      FunctionConfig config,
      String endpoint,
      ModelManifest manifest,
      Map<String, String> environment) {
    if (config.logUri() == null) {
      return null;
    }
    FunctionLog log =
        new FunctionLog(config, endpoint, manifest, LogSinks.open(config.logUri(), environment));
    // comes only where the platform says good-bye; what is due is written without it
    Runtime.getRuntime().addShutdownHook(new Thread(log::close, "log-close"));
    return log;
  }

  void answered(String requestId, Instant time, Rows rows, List<Prediction> scores, long micros) {
    predictions.offer(
        new Answered(requestId, time, manifest.model(), version, rows, scores, micros));
    traffic.answered(time, micros, scores);
  }

  void failed(Instant time, long micros, boolean invalid) {
    traffic.failed(time, micros, invalid);
  }

  /** Rows and counts that the sink did not take at its last calls. */
  long failures() {
    return failures.get() + predictions.failures();
  }

  long droppedRows() {
    return predictions.droppedRows();
  }

  /** The end of a call. */
  synchronized void settle() {
    Instant now = clock.instant();
    boolean first = written == null;
    if (written != null && now.isBefore(written.plus(EVERY))) {
      return;
    }
    written = now;
    flush(first ? Duration.ZERO : WAIT);
  }

  /**
   * @return whether all was written in time; it goes on else
   */
  private boolean flush(Duration atMost) {
    CompletableFuture<Void> counts =
        CompletableFuture.runAsync(traffic::write, writer)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    failures.incrementAndGet();
                  }
                });
    boolean all = predictions.flush(atMost);
    try {
      counts.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return all;
    } catch (TimeoutException | ExecutionException e) {
      return false; // counted, and kept for the next time
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean close() {
    return flush(LAST);
  }
}
