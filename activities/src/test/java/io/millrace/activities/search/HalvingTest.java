package io.millrace.activities.search;

import static io.millrace.activities.search.Searches.open;
import static io.millrace.activities.search.Searches.real;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.search.SearchActivities.Kind;
import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.Reached;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.SearchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HalvingTest {
  private static final CandidateSpec OPEN = open("mlp", Map.of("dropout", real(0, 0.9)));

  /** Rungs are epochs 1, 3 and the end (9). */
  private static SearchSpec asha(int trials) {
    return new SearchSpec(SearchSpec.Method.ASHA, trials, 3, 1);
  }

  private static Proposal next(int trials, List<Tried> tried) {
    return SeededSearch.proposal(
        Searches.request(
            new RunRef("sample-1", "sample", null),
            tried.size(),
            asha(trials),
            7,
            List.of(OPEN),
            tried));
  }

  private static Tried paused(int trial, int at, double value) {
    return tried(trial, at, State.PAUSED, new Reached(at, value));
  }

  private static Tried tried(int trial, @Nullable Integer to, State state, Reached... reached) {
    CandidateSpec candidate = new CandidateSpec("mlp", Map.of("dropout", trial / 100.0));
    return new Tried(trial, 0, candidate, to, state, List.of(reached));
  }

  @Test
  void rungs_growByTheReduction_andTheLastIsTheEnd() {
    assertThat(
            new Halving(
                    new RandomSampler(),
                    Searches.request(
                        new RunRef("sample-1", "sample", null),
                        0,
                        asha(9),
                        7,
                        List.of(OPEN),
                        List.of()))
                .rungs())
        .containsExactly(1, 3, null);
  }

  @Test
  void firstOfThree_climbsAtOnce_theOthersDoNot() {
    List<Tried> two = List.of(paused(0, 1, 0.5), paused(1, 1, 0.2));
    assertThat(next(9, two).trial()).isEqualTo(2);
    assertThat(next(9, two).stopAfter()).isEqualTo(1);

    List<Tried> three = List.of(paused(0, 1, 0.5), paused(1, 1, 0.2), paused(2, 1, 0.4));
    Proposal climbs = next(9, three);
    assertThat(climbs.trial()).isEqualTo(1);
    assertThat(climbs.stopAfter()).isEqualTo(3);
    assertThat(climbs.candidate()).isEqualTo(three.get(1).candidate());

    // it is on its way: a rung that waits for it would block, this one goes on with a new trial
    List<Tried> running =
        List.of(three.get(0), tried(1, 3, State.RUNNING, new Reached(1, 0.2)), three.get(2));
    assertThat(next(9, running).trial()).isEqualTo(3);
    assertThat(next(3, running)).isEqualTo(Proposal.WAIT);
    assertThat(
            next(
                3,
                List.of(
                    three.get(0),
                    tried(1, 3, State.PAUSED, new Reached(1, 0.2), new Reached(3, 0.1)),
                    three.get(2))))
        .isEqualTo(Proposal.END);
  }

  @Test
  void bestOfARung_isByItsValueThere_notByALaterOne() {
    // trial 0 climbed and got worse above; it still is the best of the lowest rung
    List<Tried> tried =
        List.of(
            tried(0, 3, State.PAUSED, new Reached(1, 0.1), new Reached(3, 0.9)),
            paused(1, 1, 0.2),
            paused(2, 1, 0.3));
    assertThat(next(3, tried)).isEqualTo(Proposal.END);
  }

  @Test
  void divergedTrial_countsForTheShare_andNeverClimbs() {
    List<Tried> tried =
        List.of(paused(0, 1, 0.5), tried(1, 1, State.DIVERGED), tried(2, 1, State.DIVERGED));
    assertThat(next(3, tried).trial()).isEqualTo(0);
    assertThat(next(3, List.of(tried(0, 1, State.DIVERGED), tried(1, 1, State.DIVERGED))).trial())
        .isEqualTo(2);
  }

  @Test
  void trialThatCameToItsEndEarly_standsOnEveryRungAbove() {
    // the best of the lowest rung is done, the second may not climb in its place
    List<Tried> tried =
        List.of(
            tried(0, 1, State.DONE, new Reached(null, 0.1)), paused(1, 1, 0.2), paused(2, 1, 0.3));
    assertThat(next(3, tried)).isEqualTo(Proposal.END);
  }

  /** Nine workers, any order of ends: a third climbs, and a third of those. */
  @Test
  void wholeSearch_promotesTheRightShare_withoutBlocking() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int trials = 81;
      TreeMap<Integer, Tried> book = new TreeMap<>();
      List<Integer> running = new ArrayList<>();
      int[] started = new int[3];
      int waits = 0;
      while (true) {
        while (running.size() < 9) {
          Proposal proposal = next(trials, List.copyOf(book.values()));
          if (proposal.kind() != Kind.TRAIN) {
            waits += book.size() < trials ? 1 : 0;
            break;
          }
          int trial = proposal.trial();
          Integer to = proposal.stopAfter();
          started[to == null ? 2 : to == 1 ? 0 : 1]++;
          Tried before = book.get(trial);
          book.put(
              trial,
              new Tried(
                  trial,
                  0,
                  proposal.candidate(),
                  to,
                  State.RUNNING,
                  before == null ? List.of() : before.reached()));
          running.add(trial);
        }
        if (running.isEmpty()) {
          break;
        }
        Tried ends = book.get(running.remove(random.nextInt(running.size())));
        List<Reached> reached = new ArrayList<>(ends.reached());
        reached.add(new Reached(ends.stopAfter(), (ends.trial() * 37 % 81) / 81.0));
        book.put(
            ends.trial(),
            new Tried(
                ends.trial(),
                0,
                ends.candidate(),
                ends.stopAfter(),
                ends.stopAfter() == null ? State.DONE : State.PAUSED,
                reached));
      }

      assertThat(waits).as("waits while there were trials, seed " + seed).isZero();
      assertThat(started[0]).isEqualTo(81);
      // at least the share of the end; promotions that later results would not confirm come on top
      assertThat(started[1]).as("seed " + seed).isBetween(27, 40);
      assertThat(started[2]).as("seed " + seed).isBetween(9, 18);
      List<Integer> finished =
          book.values().stream().filter(t -> t.state() == State.DONE).map(Tried::trial).toList();
      assertThat(finished).as("the best trial").contains(0);
    }
  }
}
