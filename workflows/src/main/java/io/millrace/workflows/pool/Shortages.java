package io.millrace.workflows.pool;

import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where capacity failed lately. What is remembered fades: capacity comes back. */
public final class Shortages {
  /** The spot placement score is good for about as long; asked again after it. */
  static final Duration FADE = Duration.ofMinutes(30);

  /** An offering that had none, or that took a node back. */
  public record Seen(Offering offering, Instant at) {}

  private final Map<Offering, Instant> seen = new LinkedHashMap<>();

  Shortages(List<Seen> known) {
    known.forEach(one -> seen.put(one.offering(), one.at()));
  }

  void note(Offering offering, Instant now) {
    seen.put(offering, now);
  }

  /** It has capacity again. */
  void had(Offering offering) {
    seen.remove(offering);
  }

  List<Offering> avoid(Instant now) {
    seen.values().removeIf(at -> !now.isBefore(at.plus(FADE)));
    return List.copyOf(seen.keySet());
  }

  List<Seen> known() {
    return seen.entrySet().stream().map(e -> new Seen(e.getKey(), e.getValue())).toList();
  }
}
