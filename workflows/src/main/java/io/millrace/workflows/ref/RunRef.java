package io.millrace.workflows.ref;

import org.jspecify.annotations.Nullable;

/**
 * Whose step this is.
 *
 * @param runId {@code <model>-<n>}: names {@code runs/<runId>/} in the store
 * @param model the model's name
 * @param resumeFrom an earlier run whose journal and checkpoints count as this run's; null for none
 */
public record RunRef(String runId, String model, @Nullable String resumeFrom) {
  public RunRef {
    Checks.name("runId", runId);
    Checks.name("model", model);
    if (resumeFrom != null) {
      Checks.name("resumeFrom", resumeFrom);
    }
  }
}
