package io.millrace.workflows.port.search;

import io.millrace.workflows.port.Script;
import io.millrace.workflows.spec.CandidateSpec;
import java.util.Map;
import java.util.TreeMap;

/**
 * Proposes the candidates first, then the last of them again and again with another {@code point};
 * a script says otherwise.
 */
public final class FakeSearch extends Script implements SearchActivities {
  /** Answers in place of the fake. */
  public interface Habit {
    Proposal propose(ProposeRequest request);
  }

  private volatile Habit habit = FakeSearch::next;

  public void habit(Habit other) {
    habit = other;
  }

  @Override
  public Proposal propose(ProposeRequest request) {
    called("propose", request);
    return habit.propose(request);
  }

  /** A new trial, while the search has one. */
  public static Proposal next(ProposeRequest request) {
    int trial = request.tried().size();
    Integer most = request.search().trials();
    if (most == null || trial >= most) {
      return Proposal.END;
    }
    int source = Math.min(trial, request.candidates().size() - 1);
    CandidateSpec candidate = request.candidates().get(source);
    Map<String, Object> chosen = new TreeMap<>(candidate.parameters());
    if (!candidate.search().isEmpty()) {
      chosen.put("point", trial);
    }
    return Proposal.train(trial, source, new CandidateSpec(candidate.family(), chosen), null);
  }

  /** Three new trials to epoch 5, then the last of them to its end. */
  public static Proposal halving(ProposeRequest request) {
    if (request.tried().size() < 3) {
      Proposal fresh = next(request);
      return fresh.trial() == null || fresh.source() == null || fresh.candidate() == null
          ? fresh
          : Proposal.train(fresh.trial(), fresh.source(), fresh.candidate(), 5);
    }
    Tried last = request.tried().get(2);
    return switch (last.state()) {
      case RUNNING -> Proposal.WAIT;
      case PAUSED -> Proposal.train(2, last.source(), last.candidate(), null);
      case DONE, DIVERGED -> Proposal.END;
    };
  }
}
