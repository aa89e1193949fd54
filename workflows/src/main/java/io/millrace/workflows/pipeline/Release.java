package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.port.spec.SpecActivities.ResolvedSpec;
import io.millrace.workflows.port.train.SelectActivities.Selection;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the trial that won to the champion that serves. */
final class Release {
  private final GateActivities gate =
      Workflow.newActivityStub(GateActivities.class, ActivityProfiles.BULK);
  private final RegistryActivities registry =
      Workflow.newActivityStub(RegistryActivities.class, ActivityProfiles.BULK);
  private final RegistryActivities aliases =
      Workflow.newLocalActivityStub(RegistryActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final RunBoard board;
  private final Steps steps;
  private final Herald herald;
  private final ApprovalDesk desk;
  private final Findings found;
  private final Trigger trigger;
  private final RunRef run;
  private final ResolvedSpec resolved;
  private final Spec spec;
  private int rollouts;

  Release(
      RunBoard board,
      Steps steps,
      Herald herald,
      ApprovalDesk desk,
      Findings found,
      Trigger trigger,
      RunRef run,
      ResolvedSpec resolved) {
    this.board = board;
    this.steps = steps;
    this.herald = herald;
    this.desk = desk;
    this.found = found;
    this.trigger = trigger;
    this.run = run;
    this.resolved = resolved;
    this.spec = resolved.spec();
  }

  GateReport gates(IngestResult ingest, Selection winner) {
    GateReport gates =
        steps.must(
            "gates",
            () -> {
              GateReport report =
                  gate.evaluate(
                      new GateActivities.GateRequest(
                          run,
                          spec.task(),
                          ingest.dataset(),
                          spec.data(),
                          winner.winner().model(),
                          currentChampion(),
                          spec.gates(),
                          spec.training().seed(),
                          measuredOn()));
              herald.record(
                  "gates",
                  "gate",
                  "millrace",
                  report.passed() ? "every blocking gate accepted" : Sentences.rejected(report),
                  Sentences.facts(report.verdicts()));
              return report;
            },
            report -> report.passed() ? "accepted" : "rejected");
    found.gates = gates;
    board.verdicts(gates.verdicts());
    return gates;
  }

  /** Only when a gate asks for it: gates that do not are done with, wherever it is deployed. */
  private @Nullable TargetSpec measuredOn() {
    boolean asked =
        spec.gates().stream()
            .anyMatch(
                gate -> gate instanceof GateSpec.Latency latency && latency.on().equals("target"));
    return asked ? spec.deployment().target() : null;
  }

  private @Nullable ModelRef currentChampion() {
    RegistryActivities.AliasEntry entry =
        aliases.current(new RegistryActivities.AliasQuery(spec.model(), "champion")).current();
    return entry == null ? null : entry.version();
  }

  ApprovalDesk.Answer approve(GateSpec.Approval gate) {
    GateSpec.Approvers approvers = gate.approval();
    List<ApprovalDesk.Answer> answers = new ArrayList<>(1);
    return steps.must(
        "approval",
        () -> {
          if (answers.isEmpty()) {
            Instant expires = WorkflowTime.now().plus(approvers.expires());
            herald.waiting(
                "approval-" + approvers.role(), approvers.role(), approvers.quorum(), expires);
            answers.add(desk.await(approvers));
          }
          ApprovalDesk.Answer answer = answers.get(0);
          String key = "approval-" + approvers.role() + "-";
          int count = 0;
          for (PipelineStatus.Decision decision : answer.decisions()) {
            herald.record(
                key + ++count,
                decision.accept() ? "approve" : "decline",
                decision.who(),
                decision.reason(),
                Map.of("role", decision.role(), "at", decision.at().toString()));
          }
          herald.record(
              key + "end",
              "approval",
              "millrace",
              answer.sentence(),
              Map.of("approved", String.valueOf(answer.approved())));
          return answer;
        },
        ApprovalDesk.Answer::sentence);
  }

  ModelRef register(IngestResult ingest, Selection winner, GateReport gates) {
    ModelRef version =
        steps.must(
            "registration",
            () ->
                registry.register(
                    new RegistryActivities.RegisterRequest(
                        run,
                        spec.model(),
                        spec.task(),
                        winner.winner().model(),
                        ingest.dataset(),
                        resolved.digest(),
                        spec.training().seed(),
                        winner.winner().candidate(),
                        winner.sentence(),
                        gates,
                        trigger)),
            ModelRef::toString);
    found.version = version;
    board.version(version.toString());
    return version;
  }

  RolloutOutcome rollout(ModelRef version) {
    RolloutOutcome rollout =
        steps.must(
            "rollout",
            () -> {
              // a rollout that was rolled back is a finished fact: a second one has its own key
              String key = run.runId() + "-" + ++rollouts;
              ModelRef from = currentChampion();
              Rollout child =
                  Workflow.newChildWorkflowStub(
                      Rollout.class,
                      Children.bound(
                          WorkflowIds.rollout(spec.model(), key),
                          spec.model(),
                          from == null ? version + " is the first" : version + " after " + from));
              return child.run(
                  new Rollout.RolloutRequest(
                      spec.model(),
                      version,
                      version.equals(from) ? null : from,
                      spec.deployment(),
                      key,
                      trigger.detail(),
                      trigger.cause()));
            },
            RolloutOutcome::sentence);
    found.url = rollout.url();
    return rollout;
  }

  void champion(ModelRef version, RolloutOutcome rollout) {
    steps.must(
        "champion",
        () ->
            aliases.point(
                new RegistryActivities.PointRequest(
                    spec.model(),
                    "champion",
                    version,
                    run.runId() + "-champion",
                    rollout.sentence())),
        entry -> entry.alias() + " is " + entry.version());
  }
}
