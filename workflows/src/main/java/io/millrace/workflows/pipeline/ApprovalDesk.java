package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.PipelineStatus.ApprovalState;
import io.millrace.workflows.pipeline.PipelineStatus.Decision;
import io.millrace.workflows.spec.GateSpec;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Waits until enough different people have said yes, one has said no, or the time is over. */
final class ApprovalDesk {
  /**
   * @param decisions in the order they came
   */
  record Answer(boolean approved, String sentence, List<Decision> decisions) {}

  private final RunBoard board;

  ApprovalDesk(RunBoard board) {
    this.board = board;
  }

  Answer await(GateSpec.Approvers approvers) {
    Instant expires = WorkflowTime.now().plus(approvers.expires());
    board.approval(new ApprovalState(approvers.role(), approvers.quorum(), expires, List.of()));
    try {
      Workflow.await(approvers.expires(), () -> verdict() != null);
      Answer verdict = verdict();
      return verdict != null ? verdict : expired(approvers.expires());
    } finally {
      board.approval(null);
    }
  }

  private @Nullable Answer verdict() {
    ApprovalState state = waiting();
    for (Decision decision : state.decisions()) {
      if (!decision.accept()) {
        return new Answer(
            false, decision.who() + " declined: " + decision.reason(), state.decisions());
      }
    }
    if (state.decisions().size() < state.quorum()) {
      return null;
    }
    List<String> names = state.decisions().stream().map(Decision::who).toList();
    return new Answer(true, "approved by " + String.join(", ", names), state.decisions());
  }

  private Answer expired(Duration after) {
    ApprovalState state = waiting();
    return new Answer(
        false,
        state.decisions().size()
            + " of "
            + state.quorum()
            + " approvals by "
            + state.role()
            + " came within "
            + WorkflowTime.words(after),
        state.decisions());
  }

  private ApprovalState waiting() {
    ApprovalState state = board.approval();
    if (state == null) {
      throw new IllegalStateException("approval: null (expected: one that is waited for)");
    }
    return state;
  }

  /** What is wrong with the request now; null when nothing is. */
  @Nullable String objection(ApprovalRequest request) {
    ApprovalState state = board.approval();
    if (state == null || verdict() != null) {
      return "approve: "
          + board.runId()
          + " (expected: a run that waits for approval; this one is in stage "
          + board.stage()
          + ")";
    }
    if (!state.role().equals(request.role())) {
      return "role: " + request.role() + " (expected: " + state.role() + ")";
    }
    for (Decision decision : state.decisions()) {
      if (person(decision.who()).equals(person(request.who()))) {
        return "who: " + request.who() + " (expected: somebody who has not answered yet)";
      }
    }
    return null;
  }

  void decide(ApprovalRequest request) {
    ApprovalState state = waiting();
    List<Decision> decisions = new ArrayList<>(state.decisions());
    decisions.add(
        new Decision(
            request.who(), request.role(), request.accept(), request.reason(), WorkflowTime.now()));
    board.approval(
        new ApprovalState(state.role(), state.quorum(), state.expires(), List.copyOf(decisions)));
  }

  /** The same person however the name is spaced or capitalised. */
  private static String person(String who) {
    return who.strip().toLowerCase(Locale.ROOT);
  }
}
