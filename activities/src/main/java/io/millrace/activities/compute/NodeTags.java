package io.millrace.activities.compute;

import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is written on everything a node is made of, so that it is found again and ends in time. */
final class NodeTags {
  static final String RUN = "millrace:run";
  static final String MODEL = "millrace:model";
  static final String KEY = "millrace:key";
  static final String QUEUE = "millrace:queue";
  static final String EXPIRES = "millrace:expires";

  /** A node that was ordered without one: no training runs longer. */
  static final Duration TIME_TO_LIVE = Duration.ofHours(24);

  private NodeTags() {}

  static Map<String, String> of(LaunchRequest request, Instant now) {
    Map<String, String> tags = new TreeMap<>();
    tags.put(RUN, request.run().runId());
    tags.put(MODEL, request.run().model());
    tags.put(KEY, request.key());
    tags.put(QUEUE, request.taskQueue());
    tags.put(EXPIRES, now.plus(timeToLive(request)).toString());
    return tags;
  }

  static Duration timeToLive(LaunchRequest request) {
    return request.order() == null ? TIME_TO_LIVE : request.order().timeToLive();
  }

  /**
   * Why a node that still stands is nobody's; empty when it may be somebody's.
   *
   * @param ended true only when the run is known to have ended
   */
  static Optional<String> orphaned(
      @Nullable String expires, @Nullable String run, Instant now, RunEnded ended) {
    try {
      if (expires != null && Instant.parse(expires).isBefore(now)) {
        return Optional.of("its time to live was over at " + expires);
      }
    } catch (DateTimeParseException e) {
      // not written by us: the run decides
    }
    return run != null && ended.ended(run)
        ? Optional.of("its run " + run + " has ended")
        : Optional.empty();
  }
}
