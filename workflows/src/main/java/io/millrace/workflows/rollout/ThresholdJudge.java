package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import org.jspecify.annotations.Nullable;

/**
 * {@link ThresholdAnalysis} over all stages of a rollout that began before {@link
 * SequentialAnalysis}; to be removed with it.
 */
final class ThresholdJudge implements StageJudge {
  private final ThresholdAnalysis analysis;
  private @Nullable VersionTraffic baseline;
  private double share;

  ThresholdJudge(ThresholdAnalysis analysis) {
    this.analysis = analysis;
  }

  ThresholdJudge at(double now) {
    share = now;
    return this;
  }

  @Override
  public Judgement look(VersionTraffic fresh, VersionTraffic now, boolean last) {
    if (baseline == null || now.requests() >= baseline.requests() || share < 1) {
      baseline = now;
    }
    return last ? analysis.last(fresh, baseline) : analysis.early(fresh, baseline);
  }
}
