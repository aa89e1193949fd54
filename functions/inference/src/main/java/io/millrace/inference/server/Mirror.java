package io.millrace.inference.server;

import io.millrace.inference.log.Answered;
import io.millrace.inference.log.PredictionLog;
import io.millrace.inference.protocol.RequestMalformed;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.Rows;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has shadow versions answer requests that another version has answered. Nobody sees what they say:
 * it is counted and logged apart. A request never waits for it, and one that finds every place
 * taken is not mirrored, and counted. Thread-safe.
 */
final class Mirror {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /** Of the mirrored share's hash: else it would pick the same requests as the weights do. */
  private static final String SALT = "/shadow";

  private final Fleet fleet;
  private final PredictionLog log;
  private final Semaphore places;

  /**
   * @param atOnce most requests that are being mirrored; each holds its body
   */
  Mirror(Fleet fleet, PredictionLog log, int atOnce) {
    this.fleet = fleet;
    this.log = log;
    this.places = new Semaphore(atOnce);
  }

  /**
   * Mirrors an answered request.
   *
   * @param said what the caller was told, for comparing
   */
  void offer(String requestId, Instant time, Scoring.Protocol protocol, List<Prediction> said) {
    Fleet.Snapshot snapshot = fleet.snapshot();
    if (snapshot.shadows().isEmpty()) {
      return;
    }
    double point = Fleet.point(requestId + SALT);
    snapshot
        .shadows()
        .forEach(
            (version, share) -> {
              if (point < share) {
                fleet
                    .acquire(version)
                    .ifPresent(backend -> start(backend, requestId, time, protocol, said));
              }
            });
  }

  private void start(
      Backend backend,
      String requestId,
      Instant time,
      Scoring.Protocol protocol,
      List<Prediction> said) {
    if (!places.tryAcquire()) {
      backend.release();
      backend.shadow().dropped();
      return;
    }
    Thread.ofVirtual()
        .name("mirror")
        .start(
            () -> {
              try {
                answer(backend, requestId, time, protocol, said);
              } finally {
                places.release();
                backend.release();
              }
            });
  }

  private void answer(
      Backend backend,
      String requestId,
      Instant time,
      Scoring.Protocol protocol,
      List<Prediction> said) {
    long start = System.nanoTime();
    ShadowStats shadow = backend.shadow();
    try {
      Rows rows = protocol.read(backend);
      List<Prediction> predictions = backend.batcher().predict(rows);
      long micros = (System.nanoTime() - start) / 1_000;
      boolean regression = backend.runtime().manifest().task().equals("regression");
      shadow.stats().answered(time, micros, predictions, regression, rows.unexpectedMissing());
      shadow.compared(said, predictions);
      log.offer(
          new Answered(
              requestId,
              time,
              backend.runtime().manifest().model(),
              backend.version(),
              rows,
              predictions,
              micros,
              true));
    } catch (RowInvalid | RequestMalformed e) {
      // what the other version took: the shadow's schema is another one
      shadow
          .stats()
          .failed(time, (System.nanoTime() - start) / 1_000, VersionStats.Outcome.INVALID);
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      LOG.error("version {} failed on a mirrored request", backend.version(), e);
      shadow.stats().failed(time, (System.nanoTime() - start) / 1_000, VersionStats.Outcome.ERROR);
    }
  }
}
