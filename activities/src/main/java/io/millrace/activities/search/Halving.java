package io.millrace.activities.search;

import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.Reached;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and
 * Talwalkar 2020, algorithm 2). Rungs are numbers of epochs, each {@code reduction} times the one
 * below, the top one is a trial's own end. Whoever asks gets the best trial that may climb, from
 * the highest rung down: of the trials that reached a rung the best {@code 1/reduction}. When
 * nobody may climb, a new trial starts at the lowest rung. Nobody waits for a rung to fill.
 */
final class Halving {
  private final Sampler sampler;
  private final ProposeRequest request;

  /** Epochs; the last is null, a trial's own end. */
  private final List<@Nullable Integer> rungs = new ArrayList<>();

  /**
   * @param sampler of new trials
   */
  Halving(Sampler sampler, ProposeRequest request) {
    this.sampler = sampler;
    this.request = request;
    for (long epochs = request.search().minEpochs();
        epochs < request.maxEpochs();
        epochs *= request.search().reduction()) {
      rungs.add((int) epochs);
    }
    rungs.add(null);
  }

  /** Epochs of the rungs, ascending; null at the end. */
  List<@Nullable Integer> rungs() {
    return rungs;
  }

  Proposal next(List<Space> spaces) {
    for (int rung = rungs.size() - 2; rung >= 0; rung--) {
      Optional<Tried> climber = climber(rung);
      if (climber.isPresent()) {
        Tried trial = climber.get();
        return Proposal.train(
            trial.trial(), trial.source(), trial.candidate(), rungs.get(rung + 1));
      }
    }
    Integer most = request.search().trials();
    if (most == null || request.tried().size() < most) {
      Optional<Sampler.Choice> fresh = sampler.next(spaces, request);
      if (fresh.isPresent()) {
        return Proposal.train(
            request.tried().size(), fresh.get().source(), fresh.get().candidate(), rungs.get(0));
      }
    }
    boolean running = request.tried().stream().anyMatch(t -> t.state() == State.RUNNING);
    return running ? Proposal.WAIT : Proposal.END;
  }

  /** The best trial of a rung that may climb and has not; empty when there is none. */
  private Optional<Tried> climber(int rung) {
    double sign = request.objective().maximise() ? -1 : 1;
    record Standing(Tried tried, double loss) {}
    List<Standing> standings = new ArrayList<>();
    for (Tried tried : request.tried()) {
      Double value = value(tried, rung);
      if (value != null) {
        standings.add(new Standing(tried, sign * value));
      } else if (tried.state() == State.DIVERGED && level(tried) == rung) {
        standings.add(new Standing(tried, Double.POSITIVE_INFINITY));
      }
    }
    return standings.stream()
        .sorted(Comparator.comparingDouble(Standing::loss).thenComparing(s -> s.tried().trial()))
        .limit(standings.size() / request.search().reduction())
        .map(Standing::tried)
        .filter(tried -> tried.state() == State.PAUSED && level(tried) == rung)
        .findFirst();
  }

  /** The rung that a trial stands on, or is on its way to. */
  private int level(Tried tried) {
    int level = rungs.indexOf(tried.stopAfter());
    return level < 0 ? rungs.size() - 1 : level;
  }

  /**
   * What a trial was worth at a rung; null when it was not there. One that came to its own end
   * early stands on each rung above with what it had.
   */
  private @Nullable Double value(Tried tried, int rung) {
    for (Reached reached : tried.reached()) {
      boolean end = reached.stopAfter() == null;
      if (end ? level(tried) <= rung : Objects.equals(reached.stopAfter(), rungs.get(rung))) {
        return reached.value();
      }
    }
    return null;
  }
}
