package io.millrace.workflows.options;

import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;

/** Time as a workflow may see it: the same on every replay. */
public final class WorkflowTime {
  private WorkflowTime() {}

  /** The current workflow task's time. */
  public static Instant now() {
    return Instant.ofEpochMilli(Workflow.currentTimeMillis());
  }

  /** {@code 3 s}, {@code 2 min}, {@code 5 h}, {@code 3 d}: the largest unit that is at least 1. */
  public static String words(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return duration.toMinutes() + " min";
    }
    return seconds < 48 * 3600 ? duration.toHours() + " h" : duration.toDays() + " d";
  }
}
