package io.millrace.activities.search;

import io.millrace.workflows.spec.CandidateSpec;
import java.util.List;

/** How large grids are, for who must say so before one is tried. */
public final class Grids {
  private Grids() {}

  /**
   * Points of the grids of all candidates; counted up to a million for each.
   *
   * @param candidates whose domains are well-formed, with steps where there is no end of values
   */
  public static long points(List<CandidateSpec> candidates) {
    return Space.of(candidates).stream()
        .mapToLong(space -> space.gridSize(candidates.get(space.source()).search()))
        .sum();
  }
}
