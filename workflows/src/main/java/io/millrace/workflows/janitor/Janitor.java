package io.millrace.workflows.janitor;

import io.millrace.workflows.port.compute.ComputeActivities.Orphan;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One round, started by a Schedule or by {@code infra/millrace gc}: nodes whose run or time is
 * over, and endpoints whose drift checks do not happen. It looks first and says what it found; only
 * then, and unless it was told to look only, it ends the nodes and brings the schedules back.
 */
@WorkflowInterface
public interface Janitor {
  /**
   * @param request null, as from the UI without input, is to look only
   */
  @WorkflowMethod
  JanitorReport run(@Nullable JanitorRequest request);

  /**
   * @param kinds of nodes to look for; empty is every kind the worker has
   * @param dry true to look only
   * @param receivers who hears when something was found; empty for nobody
   */
  record JanitorRequest(List<String> kinds, boolean dry, List<WatchSpec.NotifySpec> receivers) {
    public JanitorRequest {
      kinds = Checks.list(kinds);
      receivers = Checks.list(receivers);
    }
  }

  /**
   * @param orphans nodes that were found
   * @param ended true when they were ended
   * @param lapses drift schedules that are not as they should be
   * @param mended models whose schedule was brought back
   * @param failures what could not be looked at or mended, one sentence each
   * @param sentence for people
   */
  record JanitorReport(
      Instant at,
      boolean dry,
      List<Orphan> orphans,
      boolean ended,
      List<Lapse> lapses,
      List<String> mended,
      List<String> failures,
      String sentence) {
    public JanitorReport {
      orphans = Checks.list(orphans);
      lapses = Checks.list(lapses);
      mended = Checks.list(mended);
      failures = Checks.list(failures);
    }
  }
}
