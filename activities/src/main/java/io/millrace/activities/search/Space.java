package io.millrace.activities.search;

import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One candidate of the spec and all it stands for. Places are {@code (domains)} numbers in {@code
 * [0, 1)}, in the order of the names.
 *
 * @param source its index in the spec
 * @param base family and fixed hyperparameters
 * @param domains of the hyperparameters to choose; empty for a fixed candidate
 */
record Space(int source, CandidateSpec base, TreeMap<String, Domain> domains) {
  /** Points of one candidate's grid are counted up to here. */
  static final int MANY = 1_000_000;

  static List<Space> of(List<CandidateSpec> candidates) {
    List<Space> spaces = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      CandidateSpec candidate = candidates.get(i);
      TreeMap<String, Domain> domains = new TreeMap<>();
      candidate.search().forEach((name, domain) -> domains.put(name, Domain.of(domain)));
      spaces.add(
          new Space(i, new CandidateSpec(candidate.family(), candidate.parameters()), domains));
    }
    return List.copyOf(spaces);
  }

  boolean fixed() {
    return domains.isEmpty();
  }

  /** Number of different candidates, at most {@value #MANY}. */
  int size() {
    long size = 1;
    for (Domain domain : domains.values()) {
      size = Math.min(MANY, size * domain.size());
    }
    return (int) size;
  }

  /** The candidate at a place. */
  CandidateSpec at(double[] place) {
    Map<String, Object> chosen = new TreeMap<>(base.parameters());
    int i = 0;
    for (Map.Entry<String, Domain> domain : domains.entrySet()) {
      chosen.put(domain.getKey(), domain.getValue().at(place[i++]));
    }
    return new CandidateSpec(base.family(), chosen);
  }

  /** The place of a candidate of this space. */
  double[] place(CandidateSpec candidate) {
    double[] place = new double[domains.size()];
    int i = 0;
    for (Map.Entry<String, Domain> domain : domains.entrySet()) {
      Object value = candidate.parameters().get(domain.getKey());
      if (value == null) {
        throw new IllegalArgumentException(
            domain.getKey() + ": nothing (expected: one of the space's values)");
      }
      place[i++] = domain.getValue().place(value);
    }
    return place;
  }

  /**
   * Every point of the grid, the last name's values changing fastest.
   *
   * @param specs with the steps of each domain
   */
  List<CandidateSpec> grid(Map<String, DomainSpec> specs) {
    List<Map<String, Object>> points = List.of(base.parameters());
    for (Map.Entry<String, Domain> domain : domains.entrySet()) {
      DomainSpec spec = specs.get(domain.getKey());
      List<Object> values = domain.getValue().grid(spec == null ? null : spec.steps());
      if ((long) points.size() * values.size() > MANY) {
        throw new IllegalArgumentException(
            "grid: more than " + MANY + " points (expected: fewer steps)");
      }
      List<Map<String, Object>> longer = new ArrayList<>();
      for (Map<String, Object> point : points) {
        for (Object value : values) {
          Map<String, Object> next = new TreeMap<>(point);
          next.put(domain.getKey(), value);
          longer.add(next);
        }
      }
      points = longer;
    }
    return points.stream().map(point -> new CandidateSpec(base.family(), point)).toList();
  }

  /** Number of points of the grid, counted without making them; at most {@value #MANY}. */
  long gridSize(Map<String, DomainSpec> specs) {
    long size = 1;
    for (Map.Entry<String, Domain> domain : domains.entrySet()) {
      DomainSpec spec = specs.get(domain.getKey());
      Integer steps = spec == null ? null : spec.steps();
      Domain values = domain.getValue();
      int points =
          values.unordered() || steps == null ? values.size() : Math.min(steps, values.size());
      size = Math.min(MANY, size * points);
    }
    return size;
  }
}
