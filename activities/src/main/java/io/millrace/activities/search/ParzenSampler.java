package io.millrace.activities.search;

import io.millrace.activities.train.Seeds;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.spec.CandidateSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011): what was tried
 * is split into the good few and the rest, a density is laid over each, and of some draws from the
 * good one the draw whose ratio of both is greatest is proposed. The candidate is the first choice,
 * its hyperparameters follow. What diverged belongs to the rest, and what still runs as well, so
 * that trials at the same time look at different places.
 */
final class ParzenSampler implements Sampler {
  /** Trials with a value before there is anything to learn from; they are random. */
  static final int STARTUP = 8;

  /** Share of the trials that are good. */
  private static final double GOOD = 0.2;

  private static final int DRAWS = 64;

  private final Sampler random = new RandomSampler();

  @Override
  public Optional<Choice> next(List<Space> spaces, ProposeRequest request) {
    Optional<Choice> fixed = Sampler.fixed(spaces, request);
    if (fixed.isPresent()) {
      return fixed;
    }
    List<Tried> valued =
        request.tried().stream()
            .filter(tried -> !spaces.get(tried.source()).fixed())
            .filter(tried -> tried.state() != State.DIVERGED && Sampler.value(tried) != null)
            .sorted(better(request))
            .toList();
    if (valued.size() < STARTUP) {
      return random.next(spaces, request);
    }
    List<Tried> good = valued.subList(0, (int) Math.ceil(GOOD * valued.size()));
    List<Tried> rest =
        request.tried().stream()
            .filter(tried -> !spaces.get(tried.source()).fixed() && !good.contains(tried))
            .toList();
    return chosen(spaces, request, good, rest).or(() -> random.next(spaces, request));
  }

  private static Comparator<Tried> better(ProposeRequest request) {
    double sign = request.objective().maximise() ? -1 : 1;
    return Comparator.comparingDouble(
            (Tried tried) -> {
              Double value = Sampler.value(tried);
              return value == null ? Double.POSITIVE_INFINITY : sign * value;
            })
        .thenComparing(Tried::trial);
  }

  /** One candidate of the spec as both densities see it. */
  private record Both(Space space, double goodShare, Parzen good, double restShare, Parzen rest) {
    double score(double[] place) {
      return Math.log(goodShare / restShare) + good.logDensity(place) - rest.logDensity(place);
    }
  }

  private record Drawn(Both from, CandidateSpec candidate, double score) {}

  private static Optional<Choice> chosen(
      List<Space> spaces, ProposeRequest request, List<Tried> good, List<Tried> rest) {
    List<Both> open = new ArrayList<>();
    List<Space> choices = spaces.stream().filter(space -> !space.fixed()).toList();
    for (Space space : choices) {
      List<double[]> liked = places(space, good);
      List<double[]> others = places(space, rest);
      open.add(
          new Both(
              space,
              (liked.size() + 1.0) / (good.size() + choices.size()),
              new Parzen(space, liked),
              (others.size() + 1.0) / (rest.size() + choices.size()),
              new Parzen(space, others)));
    }
    SplittableRandom random =
        new SplittableRandom(Seeds.mix(request.seed(), request.tried().size()));
    List<Drawn> drawn = new ArrayList<>();
    for (int i = 0; i < DRAWS; i++) {
      Both one = draw(open, random);
      CandidateSpec candidate = one.space().at(one.good().draw(random));
      if (!Sampler.known(request, one.space().source(), candidate)) {
        drawn.add(new Drawn(one, candidate, one.score(one.space().place(candidate))));
      }
    }
    return drawn.stream()
        .max(Comparator.comparingDouble(Drawn::score))
        .map(best -> new Choice(best.from().space().source(), best.candidate()));
  }

  private static Both draw(List<Both> open, SplittableRandom random) {
    double left = random.nextDouble();
    for (Both one : open) {
      left -= one.goodShare();
      if (left < 0) {
        return one;
      }
    }
    return open.getLast();
  }

  private static List<double[]> places(Space space, List<Tried> tried) {
    return tried.stream()
        .filter(one -> one.source() == space.source())
        .map(one -> space.place(one.candidate()))
        .toList();
  }
}
