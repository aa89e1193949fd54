package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Tells people what a run does, and the audit log what was decided. */
final class Herald {
  private static final Logger LOG = Workflow.getLogger(Herald.class);
  private final AuditActivities audit =
      Workflow.newLocalActivityStub(AuditActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final RunBoard board;
  private List<WatchSpec.NotifySpec> receivers = List.of();

  Herald(RunBoard board) {
    this.board = board;
  }

  /** Nobody until the spec is known. */
  void receivers(List<WatchSpec.NotifySpec> known) {
    receivers = known;
  }

  void suspended(int count, String step, @Nullable FailureType type, String sentence) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("step", step);
    facts.put("failure", type == null ? "unknown" : type.name());
    send(
        "suspended-" + count,
        "io.millrace.run.suspended",
        "warning",
        board.runId() + " is suspended in " + step,
        sentence,
        facts);
  }

  void resumed(int count, String step, ResumeRequest request) {
    try {
      record(
          "resume-" + count,
          "resume",
          request.who(),
          request.reason() == null ? "no reason given" : request.reason(),
          Map.of("step", step, "action", request.action().name()));
    } catch (TemporalFailure failure) {
      rethrowCancel();
      LOG.warn("resume not in the audit log: {}", Failures.sentence(failure));
    }
  }

  void stopped(ModelPipeline.StopTraining wish) {
    try {
      record("stop-training", "stop-training", wish.who(), wish.reason(), Map.of());
    } catch (TemporalFailure failure) {
      rethrowCancel();
      LOG.warn("stop of training not in the audit log: {}", Failures.sentence(failure));
    }
  }

  /** The facts are what a link that answers for the run is made of. */
  void waiting(String key, String role, int quorum, Instant expires) {
    send(
        key,
        NotifyActivities.WAITING_APPROVAL,
        "info",
        board.runId() + " waits for approval",
        quorum + " × " + role + " must approve",
        Map.of(
            "role",
            role,
            "quorum",
            String.valueOf(quorum),
            "workflow",
            Workflow.getInfo().getWorkflowId(),
            "expires",
            expires.toString()));
  }

  void ended(PipelineOutcome outcome) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("result", outcome.result().name());
    if (outcome.version() != null) {
      facts.put("version", outcome.version().toString());
    }
    if (outcome.url() != null) {
      facts.put("url", outcome.url());
    }
    if (outcome.report() != null) {
      facts.put("report", outcome.report());
    }
    String severity =
        switch (outcome.result()) {
          case DEPLOYED -> "info";
          case REJECTED, DECLINED, ROLLED_BACK -> "warning";
          case FAILED -> "error";
        };
    String word = outcome.result().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    send(
        "ended",
        "io.millrace.run." + word,
        severity,
        board.runId() + ": " + word,
        outcome.sentence(),
        facts);
  }

  /** Appends to the audit log; fails as its activity fails. */
  void record(String key, String action, String who, String reason, Map<String, String> facts) {
    Map<String, String> all = new TreeMap<>(facts);
    all.put("run", board.runId());
    audit.record(
        new AuditRecord(board.runId() + "-" + key, board.model(), action, who, reason, all));
  }

  /** A message that cannot be delivered never fails a run. */
  private void send(
      String key,
      String type,
      String severity,
      String title,
      String text,
      Map<String, String> facts) {
    if (receivers.isEmpty()) {
      return;
    }
    try {
      NotifyActivities notify =
          Workflow.newActivityStub(
              NotifyActivities.class, ActivityProfiles.saying(title, ActivityProfiles.NOTIFY));
      notify.send(
          new Notification(
              board.runId() + "-" + key,
              board.model(),
              type,
              severity,
              title,
              text,
              facts,
              receivers));
    } catch (TemporalFailure failure) {
      rethrowCancel();
      LOG.warn("{} not delivered: {}", type, Failures.sentence(failure));
    }
  }

  private static void rethrowCancel() {
    if (CancellationScope.current().isCancelRequested()) {
      CancellationScope.throwCanceled();
    }
  }
}
