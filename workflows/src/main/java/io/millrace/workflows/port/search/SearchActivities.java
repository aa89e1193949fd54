package io.millrace.workflows.port.search;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.TrainingSpec.Objective;
import io.temporal.activity.ActivityInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what to try next; on the worker, in milliseconds, so it may be a local activity. */
@ActivityInterface(namePrefix = "Search")
public interface SearchActivities {
  /**
   * The next thing to train. A function of the request without its run; what was answered for a
   * number of a run stays the answer, whatever has finished since, and a run that resumes another
   * one is answered as that one was. So each finished trial is found again, in whichever order
   * trials finish this time. Recorded before it returns.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code STORE_UNAVAILABLE}, {@code STORE_CORRUPT}
   */
  Proposal propose(ProposeRequest request);

  /**
   * @param number of the proposal, 0, 1, …: how many were trained, or are, before it
   * @param maxEpochs of a trial that is not stopped before
   * @param tried what was proposed so far, by number of the trial; each trial once
   */
  record ProposeRequest(
      RunRef run,
      int number,
      DatasetRef dataset,
      List<CandidateSpec> candidates,
      SearchSpec search,
      Objective objective,
      long seed,
      int maxEpochs,
      List<Tried> tried) {
    public ProposeRequest {
      candidates = Checks.list(candidates);
      tried = Checks.list(tried);
    }
  }

  /**
   * A trial so far.
   *
   * @param source index of the spec's candidate that it comes from
   * @param candidate what is trained: nothing left to choose
   * @param stopAfter epochs that it was to pause after when it was trained last; null for none
   * @param reached what it was worth each time it paused or ended, in that order
   */
  record Tried(
      int trial,
      int source,
      CandidateSpec candidate,
      @Nullable Integer stopAfter,
      State state,
      List<Reached> reached) {
    public Tried {
      reached = Checks.list(reached);
    }
  }

  /**
   * @param stopAfter epochs that it paused after; null when it came to its own end
   * @param value the objective on the validation split
   */
  record Reached(@Nullable Integer stopAfter, double value) {}

  /** Where a trial is. */
  enum State {
    RUNNING,
    /** Stopped by the search before its own end; can go on. */
    PAUSED,
    DONE,
    DIVERGED
  }

  /**
   * @param trial an earlier one that goes on, or the next number; null unless {@code TRAIN}
   * @param source index of the spec's candidate; null unless {@code TRAIN}
   * @param candidate null unless {@code TRAIN}
   * @param stopAfter epochs after which it pauses; null for its own end
   */
  record Proposal(
      Kind kind,
      @Nullable Integer trial,
      @Nullable Integer source,
      @Nullable CandidateSpec candidate,
      @Nullable Integer stopAfter) {
    /** Nothing now; perhaps after another result. */
    public static final Proposal WAIT = new Proposal(Kind.WAIT, null, null, null, null);

    /** Nothing any more. */
    public static final Proposal END = new Proposal(Kind.END, null, null, null, null);

    public static Proposal train(
        int trial, int source, CandidateSpec candidate, @Nullable Integer stopAfter) {
      return new Proposal(Kind.TRAIN, trial, source, candidate, stopAfter);
    }
  }

  /** What to do next. */
  enum Kind {
    TRAIN,
    WAIT,
    END
  }
}
