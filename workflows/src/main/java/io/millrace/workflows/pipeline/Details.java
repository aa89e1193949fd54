package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.PipelineStatus.ApprovalState;
import io.millrace.workflows.pipeline.PipelineStatus.Step;
import io.millrace.workflows.pipeline.PipelineStatus.Suspension;
import io.millrace.workflows.pipeline.PipelineStatus.SweepStatus;
import io.millrace.workflows.pipeline.PipelineStatus.TrialLine;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run's state as the markdown page the Temporal UI shows: what happened, and what to do now. */
final class Details {
  private Details() {}

  static String of(PipelineStatus status, List<Verdict> verdicts) {
    StringBuilder page = new StringBuilder(1024);
    page.append("### ").append(status.runId()).append(" · ").append(status.stage()).append("\n\n");
    if (status.outcome() != null) {
      outcome(page, status.outcome());
    }
    if (status.suspension() != null) {
      suspension(page, status.runId(), status.suspension());
    }
    if (status.approval() != null) {
      approval(page, status.runId(), status.approval());
    }
    verdicts(page, verdicts);
    steps(page, status);
    trials(page, status);
    return page.toString();
  }

  private static void outcome(StringBuilder page, PipelineOutcome outcome) {
    page.append("**").append(outcome.result()).append("** ").append(cell(outcome.sentence()));
    page.append("\n\n");
    FailureType type = outcome.failure();
    if (type != null) {
      page.append("- what to do: ").append(type.action()).append('\n');
    }
    if (outcome.url() != null) {
      page.append("- endpoint: ").append(outcome.url()).append('\n');
    }
    if (outcome.report() != null) {
      page.append("- report: `").append(outcome.report()).append("`\n");
    }
    page.append('\n');
  }

  private static void suspension(StringBuilder page, String runId, Suspension suspension) {
    FailureType type = suspension.type();
    page.append("**Suspended in `").append(suspension.step()).append("`** since ");
    page.append(time(suspension.since())).append(": ");
    page.append(type == null ? "" : type + ": ").append(cell(suspension.message())).append("\n\n");
    if (type != null) {
      page.append("What to do: ").append(type.action()).append(".\n\n");
    }
    update(page, "resume", "\"action\": \"RETRY\"", "\"who\": \"<you>\"", "\"reason\": \"<why>\"");
    page.append("(`RETRY`, `SKIP` or `FAIL`), or run `infra/millrace resume ")
        .append(runId)
        .append(" --retry`. The next scheduled drift check resumes it as well.\n\n");
  }

  private static void approval(StringBuilder page, String runId, ApprovalState approval) {
    page.append("**Waits for approval** by ").append(approval.quorum()).append(" × `");
    page.append(approval.role()).append("` until ").append(time(approval.expires()));
    page.append(".\n\n");
    for (PipelineStatus.Decision decision : approval.decisions()) {
      page.append("- ").append(cell(decision.who())).append(decision.accept() ? " yes: " : " no: ");
      page.append(cell(decision.reason())).append('\n');
    }
    page.append('\n');
    update(
        page,
        "approve",
        "\"who\": \"<you>\"",
        "\"role\": \"" + approval.role() + "\"",
        "\"accept\": true",
        "\"reason\": \"<why>\"");
    page.append("(`false` declines), or run `infra/millrace approve ")
        .append(runId)
        .append("` (`reject` for no).\n\n");
  }

  /** One field per line: the page's column is narrower than the object on one. */
  private static void update(StringBuilder page, String name, String... fields) {
    page.append("*More Actions*, *Send an Update*, `")
        .append(name)
        .append("` with\n\n```json\n{\n  ");
    page.append(String.join(",\n  ", fields)).append("\n}\n```\n\n");
  }

  /** What a person who approves wants to see, and why a run was rejected. */
  private static void verdicts(StringBuilder page, List<Verdict> verdicts) {
    if (verdicts.isEmpty()) {
      return;
    }
    page.append("| gate | verdict | |\n|---|---|---|\n");
    for (Verdict verdict : verdicts) {
      String word = verdict instanceof Verdict.Accepted ? "accepted" : "**rejected**";
      page.append("| ").append(cell(verdict.gate())).append(" | ").append(word).append(" | ");
      page.append(cell(verdict.sentence())).append(" |\n");
    }
    page.append('\n');
  }

  private static void steps(StringBuilder page, PipelineStatus status) {
    page.append("| step | state | took | |\n|---|---|---|---|\n");
    for (Step step : status.steps()) {
      page.append("| ").append(step.name()).append(" | ").append(step.state()).append(" | ");
      if (step.to() != null) {
        page.append(WorkflowTime.words(Duration.between(step.from(), step.to())));
      }
      page.append(" | ").append(step.detail() == null ? "" : cell(step.detail())).append(" |\n");
    }
  }

  private static void trials(StringBuilder page, PipelineStatus status) {
    SweepStatus sweep = status.sweep();
    if (sweep == null) {
      return;
    }
    page.append("\n**Search** `").append(sweep.method()).append("`: ").append(sweep.proposed());
    page.append(sweep.limit() == null ? " trials" : " of " + sweep.limit() + " trials");
    page.append(" · ").append(sweep.running()).append(" running · ").append(sweep.done());
    page.append(" done · ").append(sweep.paused()).append(" paused · ");
    page.append(sweep.diverged()).append(" diverged");
    page.append(sweep.ended() == null ? "" : " · " + cell(sweep.ended())).append("\n");
    if (!sweep.best().isEmpty()) {
      page.append("\n| best | family | ").append(cell(sweep.objective()));
      page.append(" | epochs | |\n|---|---|---|---|---|\n");
    }
    for (TrialLine trial : sweep.best()) {
      page.append("| ").append(trial.trial()).append(" | ").append(trial.family()).append(" | ");
      page.append(number(trial.value())).append(" | ").append(trial.epochs()).append(" | ");
      page.append(cell(trial.parameters())).append(" |\n");
    }
    page.append("\n| trial | family | epochs | best | done |\n|---|---|---|---|---|\n");
    for (TrialProgress trial : status.trials()) {
      page.append("| ").append(trial.trial()).append(" | ").append(trial.family()).append(" | ");
      page.append(trial.epoch()).append(" | ").append(number(trial.best())).append(" | ");
      page.append(Math.round(trial.share() * 100)).append(" % |\n");
    }
    if (sweep.running() > 0 && !sweep.best().isEmpty()) {
      page.append("\nTo train no further and select among what there is: ");
      update(page, "stopTraining", "\"who\": \"<you>\"", "\"reason\": \"<why>\"");
    }
  }

  private static String number(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.4f", value);
  }

  /** {@code 2026-11-24 14:05:08 UTC}. */
  private static String time(Instant instant) {
    return instant
        .truncatedTo(ChronoUnit.SECONDS)
        .toString()
        .replace('T', ' ')
        .replace("Z", " UTC");
  }

  /** One line that cannot break out of a table. */
  private static String cell(String text) {
    return text.replace('\n', ' ').replace('\r', ' ').replace("|", "\\|");
  }
}
