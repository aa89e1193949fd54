package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineStatus.Suspension;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs each step of a run, and decides what its failure means: the requester's own mistake (INPUT)
 * and our own (DEFECT) end the run, everything else out of retries suspends it until somebody says
 * how to go on.
 */
final class Steps {
  private final RunBoard board;
  private final Herald herald;
  private Duration suspendFor = Duration.ofDays(7);
  private boolean skippable;
  private int suspensions;
  private @Nullable ResumeRequest answer;

  Steps(RunBoard board, Herald herald) {
    this.board = board;
    this.herald = herald;
  }

  /** How long a suspension waits; seven days until the spec is known. */
  void suspendFor(Duration duration) {
    suspendFor = duration;
  }

  /** A step the rest needs: {@code SKIP} is refused. */
  <R> R must(String name, Supplier<R> body, Function<R, String> detail) {
    return run(name, false, body, detail)
        .orElseThrow(() -> new IllegalStateException(name + ": skipped (expected: a result)"));
  }

  /** A step the rest can do without; empty when it was skipped. */
  <R> Optional<R> may(String name, Supplier<R> body, Function<R, String> detail) {
    return run(name, true, body, detail);
  }

  private <R> Optional<R> run(
      String name, boolean canSkip, Supplier<R> body, Function<R, String> detail) {
    while (true) {
      board.begin(name);
      try {
        R result = body.get();
        board.close("done", detail.apply(result));
        return Optional.of(result);
      } catch (TemporalFailure failure) {
        String sentence = Failures.sentence(failure);
        board.close("failed", sentence);
        if (CancellationScope.current().isCancelRequested()) {
          throw new CanceledFailure("run cancelled in " + name);
        }
        FailureType type = Failures.typeOf(failure).orElse(null);
        if (type != null && endsTheRun(type)) {
          throw new RunFailed(type, name + ": " + sentence);
        }
        if (suspend(name, canSkip, type, sentence) == ResumeRequest.Action.SKIP) {
          board.begin(name);
          board.close("skipped", sentence);
          return Optional.empty();
        }
      }
    }
  }

  private static boolean endsTheRun(FailureType type) {
    return type.kind() == FailureType.Kind.INPUT || type.kind() == FailureType.Kind.DEFECT;
  }

  private ResumeRequest.Action suspend(
      String name, boolean canSkip, @Nullable FailureType type, String sentence) {
    answer = null;
    skippable = canSkip;
    suspensions++;
    board.suspend(new Suspension(name, type, sentence, WorkflowTime.now()));
    herald.suspended(suspensions, name, type, sentence);
    boolean answered = Workflow.await(suspendFor, () -> answer != null);
    ResumeRequest request = answer;
    answer = null;
    board.wake();
    if (!answered || request == null) {
      throw new RunFailed(
          type,
          name
              + ": "
              + sentence
              + " (nobody resumed it in "
              + WorkflowTime.words(suspendFor)
              + ")");
    }
    herald.resumed(suspensions, name, request);
    if (request.action() == ResumeRequest.Action.FAIL) {
      throw new RunFailed(type, name + ": " + sentence + " (ended by " + request.who() + ")");
    }
    return request.action();
  }

  /** What is wrong with the request now; null when nothing is. */
  @Nullable String objection(ResumeRequest request) {
    Suspension suspension = board.suspension();
    if (suspension == null) {
      return "resume: "
          + board.runId()
          + " (expected: a suspended run; this one is in stage "
          + board.stage()
          + ")";
    }
    if (answer != null) {
      return "resume: " + board.runId() + " (expected: once; " + answer.who() + " was first)";
    }
    if (request.action() == ResumeRequest.Action.SKIP && !skippable) {
      return "action: SKIP (expected: RETRY or FAIL; the rest needs step "
          + suspension.step()
          + ")";
    }
    return null;
  }

  /** Takes the answer and returns when the run has gone on. */
  void resume(ResumeRequest request) {
    answer = request;
    Workflow.await(() -> answer == null);
  }
}
