package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A target that keeps what it made in memory; a test can take its answers away. */
final class MemoryTarget implements Target {
  private final String kind;
  private final Map<String, Endpoint> made = new TreeMap<>();
  private final List<Seen> seen = new ArrayList<>();
  private RuntimeException trouble;

  MemoryTarget(String kind) {
    this.kind = kind;
  }

  void breakDown(RuntimeException failure) {
    trouble = failure;
  }

  void mend() {
    trouble = null;
  }

  void sees(Seen traffic) {
    seen.add(traffic);
  }

  /** Shares as they are; empty where there is nothing of the endpoint. */
  Map<Integer, Double> weights(String endpoint) {
    Endpoint there = made.get(endpoint);
    return there == null ? Map.of() : there.weights();
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    return EnumSet.allOf(Ability.class);
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    return new Place(0, null);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    if (trouble != null) {
      throw trouble;
    }
    made.put(endpoint.name(), endpoint);
    return live(endpoint).orElseThrow();
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    return Optional.ofNullable(made.get(endpoint.name()))
        .map(
            there ->
                new Live(
                    "http://" + kind + "/" + there.name(),
                    there.versions().stream().map(DesiredState.Version::version).toList()));
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    return List.copyOf(seen);
  }

  @Override
  public void remove(Endpoint endpoint) {
    if (trouble != null) {
      throw trouble;
    }
    made.remove(endpoint.name());
  }
}
