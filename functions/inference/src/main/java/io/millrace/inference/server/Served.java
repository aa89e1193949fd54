package io.millrace.inference.server;

import io.millrace.inference.log.PredictionLog;

/**
 * One endpoint of a server: its versions, its log, and what turns bodies into answers.
 *
 * @param name in the paths, the metrics and the log
 */
record Served(String name, Fleet fleet, PredictionLog log, Scoring scoring) {
  /** True when a loaded version's own name is this. */
  boolean hasModel(String model) {
    return fleet.snapshot().backends().values().stream()
        .anyMatch(backend -> backend.runtime().manifest().model().equals(model));
  }
}
