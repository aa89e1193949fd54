package io.millrace.activities.search;

import io.millrace.activities.train.Seeds;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.spec.CandidateSpec;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Evenly over each space, which take turns (Bergstra and Bengio 2012 say why it beats a grid).
 * Results do not matter to it: trial 17 of a seed is the same whatever the others did.
 */
final class RandomSampler implements Sampler {
  /** Draws after which a space is taken to have nothing new. */
  private static final int DRAWS = 1000;

  @Override
  public Optional<Choice> next(List<Space> spaces, ProposeRequest request) {
    Optional<Choice> fixed = Sampler.fixed(spaces, request);
    if (fixed.isPresent()) {
      return fixed;
    }
    List<Space> open = spaces.stream().filter(space -> !space.fixed()).toList();
    int trial = request.tried().size();
    SplittableRandom random = new SplittableRandom(Seeds.mix(request.seed(), trial));
    for (int turn = 0; turn < open.size(); turn++) {
      Space space = open.get((trial + turn) % open.size());
      Optional<CandidateSpec> drawn = draw(space, request, random);
      if (drawn.isPresent()) {
        return Optional.of(new Choice(space.source(), drawn.get()));
      }
    }
    return Optional.empty();
  }

  private static Optional<CandidateSpec> draw(
      Space space, ProposeRequest request, SplittableRandom random) {
    for (int i = 0; i < DRAWS; i++) {
      double[] place = new double[space.domains().size()];
      for (int d = 0; d < place.length; d++) {
        place[d] = random.nextDouble();
      }
      CandidateSpec candidate = space.at(place);
      if (!Sampler.known(request, space.source(), candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
