package io.millrace.infra.cli;

import io.millrace.workflows.janitor.Janitor;
import io.millrace.workflows.janitor.Janitor.JanitorReport;
import io.millrace.workflows.janitor.Janitor.JanitorRequest;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.temporal.client.WorkflowOptions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "gc",
    description =
        "Find nodes that nobody needs and drift schedules that are missing; look only, unless told"
            + " to act.")
final class GcCommand extends CliCommand {
  @Option(
      names = "--apply",
      description = "End the nodes and bring the schedules back, after looking.")
  boolean apply;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "Nodes of this kind only; may be given several times.")
  List<String> kinds = List.of();

  @Override
  public Integer call() {
    Janitor janitor =
        session()
            .client()
            .newWorkflowStub(
                Janitor.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(WorkflowIds.JANITOR_BY_HAND)
                    .setTaskQueue(TaskQueues.PIPELINE)
                    .build());
    JanitorReport report = janitor.run(new JanitorRequest(kinds, !apply, List.of()));
    result(report, text(report));
    return report.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private String text(JanitorReport report) {
    StringBuilder text = new StringBuilder(report.sentence());
    report
        .orphans()
        .forEach(
            orphan -> {
              Node node = orphan.node();
              text.append(
                  "%n  %-12s %s %s: %s"
                      .formatted(
                          report.ended() ? "ended" : "node",
                          node.kind(),
                          node.id(),
                          orphan.reason()));
            });
    report
        .lapses()
        .forEach(
            lapse ->
                text.append(
                    "%n  %-12s %s: %s"
                        .formatted(
                            report.mended().contains(lapse.model()) ? "brought back" : "schedule",
                            lapse.model(),
                            lapse.sentence())));
    report.failures().forEach(failure -> text.append("%n  failed       %s".formatted(failure)));
    boolean more = !report.orphans().isEmpty() || !report.lapses().isEmpty();
    if (report.dry() && more) {
      text.append(System.lineSeparator()).append("gc --apply acts on it");
    }
    return text.toString();
  }
}
