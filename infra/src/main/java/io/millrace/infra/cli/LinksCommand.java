package io.millrace.infra.cli;

import io.millrace.infra.config.ApprovalConfig;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.temporal.failure.ApplicationFailure;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "links",
    description = "Make one person's links that answer for a run that waits for approval.")
final class LinksCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Option(names = "--who", required = true, description = "The only person they are good for.")
  String who = "";

  @Option(
      names = "--hours",
      description = "How long they are good; not longer than the approval waits.")
  int hours = 24;

  @Override
  public Integer call() {
    ApprovalConfig approval = session().config().approval();
    if (approval == null) {
      throw CliFailure.bad(
          "approval.url: nothing (expected: the page of links, with approval.key; see"
              + " infra/docs/functions.md)");
    }
    if (hours < 1 || hours > 8760) {
      throw CliFailure.bad("--hours: " + hours + " (expected: 1 to 8760)");
    }
    RunName name = RunName.find(session().client(), run);
    PipelineStatus.ApprovalState waiting =
        session()
            .client()
            .newWorkflowStub(ModelPipeline.class, name.workflowId())
            .status()
            .approval();
    if (waiting == null) {
      throw CliFailure.bad("RUN: " + name.runId() + " (expected: a run that waits for approval)");
    }
    Instant limit = Instant.now().plus(hours, ChronoUnit.HOURS);
    Instant expires = limit.isBefore(waiting.expires()) ? limit : waiting.expires();
    byte[] key = key(approval);
    URI yes = link(name, waiting.role(), true, expires).on(approval.url(), key);
    URI no = link(name, waiting.role(), false, expires).on(approval.url(), key);
    result(
        Map.of(
            "run", name.runId(),
            "who", who,
            "role", waiting.role(),
            "expires", expires.toString(),
            "approve", yes.toString(),
            "decline", no.toString()),
        "%s, for %s as %s until %s%napprove  %s%ndecline  %s"
            .formatted(name.runId(), who, waiting.role(), expires, yes, no));
    return ExitCode.OK;
  }

  private ApprovalLink link(RunName name, String role, boolean accept, Instant expires) {
    return new ApprovalLink(name.workflowId(), role, accept, expires, who);
  }

  private byte[] key(ApprovalConfig approval) {
    try {
      return session().config().secrets().resolve(approval.key());
    } catch (ApplicationFailure e) {
      throw CliFailure.bad("approval.key: " + e.getOriginalMessage());
    }
  }
}
