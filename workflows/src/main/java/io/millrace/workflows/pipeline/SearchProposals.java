package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.search.SearchActivities;
import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.temporal.workflow.Workflow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is trained next: first what was begun and did not end, then what the search proposes. A
 * proposal is in the run's history and in the store before its trial starts.
 */
final class SearchProposals {
  /**
   * One stretch of a trial's training.
   *
   * @param number of the proposal
   */
  record Job(
      int number, int trial, int source, CandidateSpec candidate, @Nullable Integer stopAfter) {}

  private final SearchActivities search =
      Workflow.newLocalActivityStub(SearchActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final RunRef run;
  private final TrainingSpec training;
  private final DatasetRef dataset;
  private final TrialBook book;

  /** Jobs that were interrupted, by their numbers. */
  private final TreeMap<Integer, Job> unfinished = new TreeMap<>();

  /** What was proposed for a trial that has not paused yet. */
  private final Deque<Job> held = new ArrayDeque<>(1);

  private int proposed;
  private boolean exhausted;

  SearchProposals(RunRef run, Spec spec, DatasetRef dataset, TrialBook book) {
    this.run = run;
    this.training = spec.training();
    this.dataset = dataset;
    this.book = book;
  }

  /** Trained again before anything new. */
  void again(Job job) {
    unfinished.put(job.number(), job);
  }

  /** How many trials are still to come at most, those that were interrupted too. */
  int left() {
    return unfinished.size() + (exhausted ? 0 : Math.max(0, limit() - book.size()));
  }

  /** Empty when there is nothing to train now; there may be after another result. */
  Optional<Job> next(Set<Integer> running) {
    if (!unfinished.isEmpty()) {
      return Optional.of(unfinished.pollFirstEntry().getValue());
    }
    if (held.isEmpty()) {
      propose().ifPresent(held::add);
    }
    Job next = held.peek();
    // a run that resumes another one proposes as that one did, perhaps before a result is back
    if (next == null || running.contains(next.trial())) {
      return Optional.empty();
    }
    held.remove();
    return Optional.of(next);
  }

  private Optional<Job> propose() {
    if (exhausted) {
      return Optional.empty();
    }
    Proposal proposal =
        training.search().method() == SearchSpec.Method.NONE
            ? candidate(proposed)
            : search.propose(
                new ProposeRequest(
                    run,
                    proposed,
                    dataset,
                    training.candidates(),
                    training.search(),
                    training.objective(),
                    training.seed(),
                    training.maxEpochs(),
                    book.tried()));
    Integer trial = proposal.trial();
    Integer source = proposal.source();
    CandidateSpec candidate = proposal.candidate();
    if (trial == null || source == null || candidate == null) {
      exhausted = proposal.kind() == SearchActivities.Kind.END;
      return Optional.empty();
    }
    return Optional.of(new Job(proposed++, trial, source, candidate, proposal.stopAfter()));
  }

  /** Without a search each candidate is one trial. */
  private Proposal candidate(int number) {
    return number >= training.candidates().size()
        ? Proposal.END
        : Proposal.train(number, number, training.candidates().get(number), null);
  }

  private int limit() {
    Integer trials = training.search().trials();
    if (training.search().method() == SearchSpec.Method.NONE) {
      return training.candidates().size();
    }
    // a whole grid's size is not known here; no pool is larger than this
    return trials != null ? trials : book.size() + training.parallel();
  }
}
