package io.millrace.activities.search;

import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.spec.CandidateSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses a candidate for a new trial: a function of what it is given. */
interface Sampler {
  /**
   * A candidate that was not tried yet; empty when there is none.
   *
   * @param spaces one for each candidate of the spec, in its order
   */
  Optional<Choice> next(List<Space> spaces, ProposeRequest request);

  /**
   * @param source index of the spec's candidate
   */
  record Choice(int source, CandidateSpec candidate) {}

  /** What fixed candidates get: one trial each, before anything is chosen. */
  static Optional<Choice> fixed(List<Space> spaces, ProposeRequest request) {
    for (Space space : spaces) {
      if (space.fixed()
          && request.tried().stream().noneMatch(tried -> tried.source() == space.source())) {
        return Optional.of(new Choice(space.source(), space.base()));
      }
    }
    return Optional.empty();
  }

  /** Whether a candidate was proposed before. */
  static boolean known(ProposeRequest request, int source, CandidateSpec candidate) {
    return request.tried().stream()
        .anyMatch(tried -> tried.source() == source && tried.candidate().equals(candidate));
  }

  /** The last value of a trial; null while it has none. */
  static @Nullable Double value(Tried tried) {
    return tried.reached().isEmpty() ? null : tried.reached().getLast().value();
  }
}
