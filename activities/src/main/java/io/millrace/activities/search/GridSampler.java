package io.millrace.activities.search;

import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.spec.CandidateSpec;
import java.util.List;
import java.util.Optional;

/** Every point, candidate by candidate, in the order of the spec. */
final class GridSampler implements Sampler {
  @Override
  public Optional<Choice> next(List<Space> spaces, ProposeRequest request) {
    int point = request.tried().size();
    for (Space space : spaces) {
      List<CandidateSpec> grid = space.grid(request.candidates().get(space.source()).search());
      if (point < grid.size()) {
        return Optional.of(new Choice(space.source(), grid.get(point)));
      }
      point -= grid.size();
    }
    return Optional.empty();
  }
}
