package io.millrace.inference.server;

import io.millrace.inference.log.Answered;
import io.millrace.inference.log.PredictionLog;
import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.RequestMalformed;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.Rows;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/** From a body to an answer: picks the version, reads, scores, counts and logs. Thread-safe. */
final class Scoring {
  private final Fleet fleet;
  private final PredictionLog log;
  private final Places places;
  private final Mirror mirror;
  private final Clock clock;

  /**
   * @param places of the whole server
   */
  Scoring(Fleet fleet, PredictionLog log, Places places, Mirror mirror, Clock clock) {
    this.fleet = fleet;
    this.log = log;
    this.places = places;
    this.mirror = mirror;
    this.clock = clock;
  }

  /** What a protocol makes of a body and an answer; read again for each mirrored answer. */
  interface Protocol {
    Rows read(Backend backend);

    byte[] write(Answer answer);
  }

  /** An answer on its way. */
  record Answering(byte[] body, int version, int rows) {}

  /** Answers by the version that the weights give this request. */
  Answering answer(String requestId, Protocol protocol) {
    return answer(
        requestId,
        protocol,
        id ->
            fleet
                .acquire(id)
                .orElseThrow(
                    () ->
                        new HttpProblem(
                            503, "endpoint: no version is ready (expected: try again later)")));
  }

  /** Answers by one version, whatever its weight. */
  Answering answer(String requestId, int version, Protocol protocol) {
    return answer(
        requestId,
        protocol,
        id ->
            fleet
                .acquire(version)
                .orElseThrow(
                    () ->
                        new HttpProblem(
                            404,
                            "version: "
                                + version
                                + " (expected: one of "
                                + fleet.snapshot().backends().keySet()
                                + ")")));
  }

  private Answering answer(String requestId, Protocol protocol, Function<String, Backend> pick) {
    places.take();
    try {
      Backend backend = pick.apply(requestId);
      try {
        return answer(requestId, protocol, backend);
      } finally {
        backend.release();
      }
    } finally {
      places.free();
    }
  }

  private Answering answer(String requestId, Protocol protocol, Backend backend) {
    long start = System.nanoTime();
    Instant time = clock.instant();
    VersionStats.Outcome failure = VersionStats.Outcome.ERROR;
    boolean malformed = false;
    try {
      Rows rows = protocol.read(backend);
      List<Prediction> predictions = backend.batcher().predict(rows);
      Answer answer =
          new Answer(requestId, backend.runtime().manifest(), backend.version(), predictions);
      byte[] body = protocol.write(answer);
      long micros = micros(start);
      boolean regression = answer.manifest().task().equals("regression");
      backend.stats().answered(time, micros, predictions, regression, rows.unexpectedMissing());
      log.offer(
          new Answered(
              requestId,
              time,
              answer.manifest().model(),
              backend.version(),
              rows,
              predictions,
              micros));
      failure = VersionStats.Outcome.OK;
      mirror.offer(requestId, time, protocol, predictions);
      return new Answering(body, backend.version(), rows.size());
    } catch (RowInvalid e) {
      failure = VersionStats.Outcome.INVALID;
      throw e;
    } catch (RequestMalformed e) {
      malformed = true; // says nothing about the version
      throw e;
    } finally {
      if (failure != VersionStats.Outcome.OK && !malformed) {
        backend.stats().failed(time, micros(start), failure);
      }
    }
  }

  private static long micros(long start) {
    return (System.nanoTime() - start) / 1_000;
  }
}
