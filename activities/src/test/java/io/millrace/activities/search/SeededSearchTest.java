package io.millrace.activities.search;

import static io.millrace.activities.search.Searches.by;
import static io.millrace.activities.search.Searches.open;
import static io.millrace.activities.search.Searches.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.search.SearchActivities.Kind;
import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.Reached;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.SearchSpec.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeededSearchTest {
  private static final CandidateSpec OPEN = open("mlp", Map.of("dropout", real(0, 0.9)));
  private static final RunRef FIRST = new RunRef("sample-1", "sample", null);
  private static final RunRef SUCCESSOR = new RunRef("sample-2", "sample", "sample-1");

  @TempDir Path work;
  private ObjectStore store;
  private SeededSearch search;

  @BeforeEach
  void create() {
    store = new FileStore(work.resolve("store"));
    search = new SeededSearch(store);
  }

  private static ProposeRequest request(RunRef run, int number, double shift) {
    List<Tried> tried = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      tried.add(
          Searches.done(
              i,
              0,
              new CandidateSpec("mlp", Map.of("dropout", i / 20.0)),
              Math.abs(i / 20.0 - shift)));
    }
    return Searches.request(run, number, by(Method.TPE, 50), 7, List.of(OPEN), tried);
  }

  @Test
  void propose_again_afterOtherResults_answersTheSame() {
    Proposal first = search.propose(request(FIRST, 12, 0.1));

    assertThat(SeededSearch.proposal(request(FIRST, 12, 0.5))).isNotEqualTo(first);
    assertThat(search.propose(request(FIRST, 12, 0.5))).isEqualTo(first);
    assertThat(new SeededSearch(store).propose(request(FIRST, 12, 0.5))).isEqualTo(first);
  }

  @Test
  void propose_inASuccessorRun_answersAsTheRunThatItResumes_andIsItsOwnThen() {
    Proposal first = search.propose(request(FIRST, 12, 0.1));

    assertThat(search.propose(request(SUCCESSOR, 12, 0.5))).isEqualTo(first);
    assertThat(store.list("runs/sample-2/search/")).hasSize(1);
    assertThat(search.propose(request(SUCCESSOR, 13, 0.5)).trial()).isEqualTo(13);
    RunRef stranger = new RunRef("sample-3", "sample", null);
    assertThat(search.propose(request(stranger, 12, 0.5))).isNotEqualTo(first);
  }

  @Test
  void propose_ofAnotherSearch_isNotTheFirstOnes() {
    search.propose(request(FIRST, 12, 0.1));
    ProposeRequest like = request(FIRST, 12, 0.1);
    ProposeRequest other =
        new ProposeRequest(
            like.run(),
            like.number(),
            like.dataset(),
            like.candidates(),
            like.search(),
            like.objective(),
            8,
            like.maxEpochs(),
            like.tried());

    assertThat(search.propose(other)).isEqualTo(SeededSearch.proposal(other));
    assertThat(store.list("runs/sample-1/search/")).hasSize(2);
  }

  @Test
  void propose_beyondTheEnd_isTheEnd_andIsNotKept() {
    assertThat(search.propose(request(FIRST, 50, 0.1))).isEqualTo(Proposal.END);
    assertThat(store.list("runs/sample-1/search/")).isEmpty();
  }

  @Test
  void propose_overADamagedRecord_isStoreCorrupt() {
    search.propose(request(FIRST, 3, 0.1));
    String key = store.list("runs/sample-1/search/").getFirst();
    store.put(key, "{".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> search.propose(request(FIRST, 3, 0.1)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT))
        .hasMessageContaining("proposal: " + key + " (expected: JSON of a Proposal)");
  }

  /**
   * A run of two trials at a time whose ends come in any order, ended after so many of them.
   *
   * @return what was trained, in the order it ended: {@code 3 to 5}
   */
  private List<String> run(RunRef run, SearchSpec by, int ends, long order) {
    SplittableRandom random = new SplittableRandom(order);
    TreeMap<Integer, Tried> book = new TreeMap<>();
    List<Proposal> running = new ArrayList<>();
    List<String> trained = new ArrayList<>();
    Proposal held = null;
    int number = 0;
    while (trained.size() < ends) {
      while (running.size() < 2) {
        if (held == null) {
          Proposal next =
              search.propose(
                  Searches.request(run, number, by, 7, List.of(OPEN), List.copyOf(book.values())));
          if (next.kind() != Kind.TRAIN) {
            break;
          }
          number++;
          held = next;
        }
        int trial = held.trial();
        if (running.stream().anyMatch(one -> one.trial() == trial)) {
          break;
        }
        List<Reached> before = book.containsKey(trial) ? book.get(trial).reached() : List.of();
        book.put(trial, tried(held, State.RUNNING, before));
        running.add(held);
        held = null;
      }
      if (running.isEmpty()) {
        break;
      }
      Proposal ended = running.remove(random.nextInt(running.size()));
      List<Reached> reached = new ArrayList<>(book.get(ended.trial()).reached());
      double dropout = ((Number) ended.candidate().parameters().get("dropout")).doubleValue();
      reached.add(new Reached(ended.stopAfter(), Math.abs(dropout - 0.3)));
      book.put(
          ended.trial(),
          tried(ended, ended.stopAfter() == null ? State.DONE : State.PAUSED, reached));
      trained.add(ended.trial() + " " + ended.candidate() + " to " + ended.stopAfter());
    }
    return trained;
  }

  private static Tried tried(Proposal proposal, State state, List<Reached> reached) {
    return new Tried(
        proposal.trial(), 0, proposal.candidate(), proposal.stopAfter(), state, reached);
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"RANDOM", "TPE", "ASHA"})
  void successorRun_thatEndsInAnyOtherOrder_trainsEverythingTheFirstDid(Method method) {
    SearchSpec by = new SearchSpec(method, 30, 3, 1);
    for (int order = 0; order < 10; order++) {
      RunRef first = new RunRef("first-" + order, "sample", null);
      RunRef next = new RunRef("next-" + order, "sample", "first-" + order);
      List<String> before = run(first, by, 17, order);
      List<String> after = run(next, by, 1000, 100 + order);

      // nothing the first run has finished is missing, and nothing is trained twice
      assertThat(after).containsAll(before).doesNotHaveDuplicates();
      assertThat(after.size()).isGreaterThanOrEqualTo(30);
    }
  }
}
