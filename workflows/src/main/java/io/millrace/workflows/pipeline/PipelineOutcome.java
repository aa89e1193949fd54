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
 */
public record PipelineOutcome(
    String runId,
    Result result,
    String sentence,
    @Nullable ModelRef version,
    List<Metric> metrics,
    @Nullable String url,
    @Nullable String report,
    @Nullable FailureType failure) {
  public PipelineOutcome {
    metrics = Checks.list(metrics);
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
