package io.millrace.workflows.pipeline;

import io.millrace.workflows.port.data.DataActivities;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a person gives to start a run: {@code {"location": "…/pipeline.yaml"}} is enough.
 *
 * @param location where the spec lies; null when {@code spec} is given
 * @param spec the spec itself as a JSON object; null when {@code location} is given
 * @param model the model's name, when the starter knows it; checked against the spec
 * @param number the run's number, set by the steward only
 * @param trigger null is by hand
 * @param resumeFrom run id of an earlier run whose finished steps count; null for none
 * @param recent labelled predictions to train on as well, set by the steward only
 */
public record PipelineRequest(
    @Nullable String location,
    @Nullable Map<String, Object> spec,
    @Nullable String model,
    @Nullable Integer number,
    @Nullable Trigger trigger,
    @Nullable String resumeFrom,
    DataActivities.@Nullable RecentRows recent) {
  /**
   * What is wrong with it; null when nothing is. Not checked on construction: a workflow whose
   * input cannot be read would try again for ever instead of ending with this sentence.
   */
  public @Nullable String objection() {
    return (location == null) == (spec == null)
        ? "location: " + location + " (expected: exactly one of location and spec)"
        : null;
  }
}
