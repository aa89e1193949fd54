package io.millrace.activities.train;

import io.millrace.activities.train.BootstrapSelection.Scored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Who wins among trials that were scored on the same rows, and by what. */
final class Contest {
  /** Times closer than this are the same: a busy machine makes as much of a difference. */
  private static final double CLEAR = 1.25;

  /** Trials that are timed at most, the best by value: the rest is as good and no smaller. */
  private static final int TIMED = 8;

  private final List<Scored> trials;
  private final Scored leader;
  private final boolean maximise;
  private final PairedBootstrap.Comparison toLeader;
  private final ToDoubleFunction<Scored> milliseconds;

  /**
   * @param leader the best value
   * @param toLeader compares with the leader
   * @param milliseconds of one prediction; asked for as few as possible
   */
  Contest(
      List<Scored> trials,
      Scored leader,
      boolean maximise,
      PairedBootstrap.Comparison toLeader,
      ToDoubleFunction<Scored> milliseconds) {
    this.trials = List.copyOf(trials);
    this.leader = leader;
    this.maximise = maximise;
    this.toLeader = toLeader;
    this.milliseconds = milliseconds;
  }

  /**
   * @param trials how many there were
   * @param smaller how many with fewer weights than the leader were compared with it
   * @param tie the leader's value less the winner's; null when the leader won
   * @param equals trials that were as good with as few weights, the winner too
   * @param timed the winner's and the next one's milliseconds; null when time did not decide
   */
  record Won(
      Scored winner,
      Scored leader,
      int trials,
      int smaller,
      PairedBootstrap.@Nullable Interval tie,
      int equals,
      double @Nullable [] timed) {}

  private record Tied(Scored trial, PairedBootstrap.@Nullable Interval apart) {}

  Won won() {
    Map<Long, List<Scored>> byWeights = new TreeMap<>();
    for (Scored trial : trials) {
      if (trial.weights() <= leader.weights()) {
        byWeights.computeIfAbsent(trial.weights(), weights -> new ArrayList<>()).add(trial);
      }
    }
    int smaller = 0;
    for (Map.Entry<Long, List<Scored>> group : byWeights.entrySet()) {
      List<Tied> tied = new ArrayList<>();
      for (Scored trial : group.getValue()) {
        if (trial.trial().trial() == leader.trial().trial()) {
          tied.add(new Tied(trial, null));
          continue;
        }
        PairedBootstrap.Interval apart = toLeader.difference(trial.scores(), trial.threshold());
        if (maximise ? apart.low() <= 0 : apart.high() >= 0) {
          tied.add(new Tied(trial, apart));
        }
      }
      if (group.getKey() < leader.weights()) {
        smaller += group.getValue().size();
      }
      if (!tied.isEmpty()) {
        return fastest(tied, smaller);
      }
    }
    return new Won(leader, leader, trials.size(), smaller, null, 1, null);
  }

  private Won fastest(List<Tied> tied, int smaller) {
    Comparator<Tied> byValue = Comparator.comparingDouble(t -> t.trial().value());
    List<Tied> best =
        tied.stream()
            .sorted(
                (maximise ? byValue.reversed() : byValue)
                    .thenComparing(t -> t.trial().trial().trial()))
            .limit(TIMED)
            .toList();
    Tied winner = best.getFirst();
    double[] timed = null;
    if (best.size() > 1) {
      double[] times =
          best.stream().mapToDouble(t -> milliseconds.applyAsDouble(t.trial())).toArray();
      double least = java.util.Arrays.stream(times).min().orElseThrow();
      // the best value keeps its place unless another one is clearly faster
      for (int i = 0; i < times.length; i++) {
        if (times[i] <= least * CLEAR) {
          winner = best.get(i);
          timed = i == 0 ? null : new double[] {times[i], times[0]};
          break;
        }
      }
    }
    return new Won(
        winner.trial(), leader, trials.size(), smaller, winner.apart(), tied.size(), timed);
  }
}
