package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.ref.Metric;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code run} and {@code watch} say at the end. */
public final class RunResult {
  private final Session session;
  private final PipelineStatus status;
  private final String workflowId;

  /** Of where a run stands. */
  public RunResult(Session session, PipelineStatus status, String workflowId) {
    this.session = session;
    this.status = status;
    this.workflowId = workflowId;
  }

  /** Of the process. */
  public int exitCode() {
    PipelineOutcome outcome = status.outcome();
    return outcome == null ? ExitCode.WAITING : ExitCode.of(outcome);
  }

  /**
   * {@code run}, {@code workflow}, {@code stage}, {@code ui}, {@code seconds}, {@code stages}
   * (seconds by step) and, once it has ended, {@code outcome}, {@code sentence}, {@code version},
   * {@code endpoint}, {@code report} and {@code metrics} by name with underscores.
   */
  public Map<String, Object> json() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("run", status.runId());
    object.put("model", status.model());
    object.put("workflow", workflowId);
    object.put("stage", status.stage());
    PipelineOutcome outcome = status.outcome();
    if (outcome != null) {
      object.put("outcome", outcome.result().name());
      object.put("sentence", outcome.sentence());
      object.put("version", outcome.version() == null ? null : outcome.version().toString());
      object.put("endpoint", outcome.url());
      object.put("report", outcome.report());
      object.put("metrics", metrics(outcome.metrics()));
      object.put("failure", outcome.failure() == null ? null : outcome.failure().name());
    } else if (status.suspension() != null) {
      object.put("suspension", status.suspension());
    } else if (status.approval() != null) {
      object.put("approval", status.approval());
    }
    object.put("ui", session.uiLink(workflowId));
    object.put("seconds", seconds());
    Map<String, Double> stages = new LinkedHashMap<>();
    for (PipelineStatus.Step step : status.steps()) {
      Instant end = step.to() == null ? Instant.now() : step.to();
      stages.merge(
          step.name(), Duration.between(step.from(), end).toMillis() / 1000.0, Double::sum);
    }
    object.put("stages", stages);
    return object;
  }

  private static Map<String, Object> metrics(List<Metric> metrics) {
    Map<String, Object> byName = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      Map<String, Object> value = new LinkedHashMap<>();
      value.put("value", metric.value());
      value.put("low", metric.low());
      value.put("high", metric.high());
      value.put("rows", metric.rows());
      byName.put(metric.name().replace('-', '_'), value);
    }
    return byName;
  }

  private double seconds() {
    List<PipelineStatus.Step> steps = status.steps();
    if (steps.isEmpty()) {
      return 0;
    }
    Instant end = steps.getLast().to() == null ? Instant.now() : steps.getLast().to();
    return Duration.between(steps.getFirst().from(), end).toMillis() / 1000.0;
  }

  /** For a person. */
  public String text() {
    StringBuilder text = new StringBuilder();
    PipelineOutcome outcome = status.outcome();
    if (outcome != null) {
      text.append(status.runId()).append(": ").append(outcome.result());
      text.append(". ").append(outcome.sentence());
      for (Metric metric : outcome.metrics()) {
        text.append("\n  %-10s %s".formatted(metric.name(), Bars.metric(metric.value())));
        if (metric.low() != null && metric.high() != null) {
          text.append(
              "  [%s, %s]".formatted(Bars.metric(metric.low()), Bars.metric(metric.high())));
        }
      }
      line(text, "endpoint", outcome.url());
      line(text, "report", outcome.report());
    } else if (status.suspension() != null) {
      PipelineStatus.Suspension suspension = status.suspension();
      text.append(status.runId()).append(" is suspended in ").append(suspension.step());
      text.append(": ").append(suspension.message());
      if (suspension.type() != null) {
        text.append("\n  what to do  ").append(suspension.type().action());
      }
      text.append("\n  go on       infra/millrace resume ").append(status.runId());
      text.append(" --retry | --skip | --fail");
    } else if (status.approval() != null) {
      PipelineStatus.ApprovalState approval = status.approval();
      text.append(status.runId()).append(" waits for an approval by ").append(approval.role());
      text.append(" (").append(approval.decisions().size()).append(" of ");
      text.append(approval.quorum()).append("), until ").append(approval.expires());
      text.append("\n  infra/millrace approve ").append(status.runId());
      text.append(" --who NAME --role ").append(approval.role()).append(" --reason TEXT");
    }
    line(text, "ui", session.uiLink(workflowId));
    line(text, "took", Bars.time(Duration.ofMillis(Math.round(seconds() * 1000))));
    return text.toString();
  }

  private static void line(
      StringBuilder text, String name, @org.jspecify.annotations.Nullable String value) {
    if (value != null) {
      text.append("\n  %-10s %s".formatted(name, value));
    }
  }
}
