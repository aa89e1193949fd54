package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended.
 *
 * @param sentence for a person
 * @param version what was registered; null when it did not come to that
 * @param url of the endpoint; null when nothing was deployed
 * @param cost of its nodes, US dollars; null when none cost anything, or nobody knows
 */
public record PipelineOutcome(
    String runId,
    Result result,
    String sentence,
    @Nullable ModelRef version,
    List<Metric> metrics,
    @Nullable String url,
    @Nullable String report,
    @Nullable FailureType failure,
    @Nullable Double cost) {
  public PipelineOutcome {
    metrics = Checks.list(metrics);
  }

  /** Of a run whose nodes cost nothing. */
  public PipelineOutcome(
      String runId,
      Result result,
      String sentence,
      @Nullable ModelRef version,
      List<Metric> metrics,
      @Nullable String url,
      @Nullable String report,
      @Nullable FailureType failure) {
    this(runId, result, sentence, version, metrics, url, report, failure, null);
  }

  /** In words a search finds. */
  public enum Result {
    /** The new version serves. */
    DEPLOYED,
    /** A gate said no. */
    REJECTED,
    /** A person said no, or nobody answered in time. */
    DECLINED,
    /** Deployed and rolled back by analysis. */
    ROLLED_BACK,
    FAILED
  }
}
