package io.millrace.workflows.pool;

import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;

/** Ends every node there is or may be. */
final class LastCall {
  private static final Logger LOG = Workflow.getLogger(LastCall.class);

  private LastCall() {}

  /**
   * @param watched whether the watches see the end as well, and are waited for
   */
  static void endAll(Fleet fleet, Answers answers, Calls calls, Bill bill, boolean watched) {
    if (!watched) {
      calls.unwatch();
    }
    calls.settle();
    try {
      answers.take(WorkflowTime.now());
    } catch (TemporalFailure known) {
      // one failure is enough to end with, and this pool ends already
      LOG.debug("at the end: {}", Failures.sentence(known));
    }
    Map<String, Promise<Node>> unknown = new LinkedHashMap<>();
    for (Member asked : fleet.in(Phase.ASKED)) {
      // asked again under its key, for the one purpose of ending it
      unknown.put(asked.key(), calls.lastLaunch(asked.order()));
    }
    unknown.forEach(
        (key, promise) -> {
          try {
            fleet.launched(key, promise.get());
          } catch (TemporalFailure e) {
            LOG.warn("{} may exist; the janitor will look: {}", key, Failures.sentence(e));
            fleet.remove(key);
          }
        });
    Map<String, Promise<Void>> endings = new LinkedHashMap<>();
    for (Member member : fleet.members()) {
      Node node = member.node();
      if (node != null) {
        endings.put(member.key(), calls.lastEnd(node));
      }
    }
    endings.forEach(
        (key, promise) -> {
          try {
            promise.get();
          } catch (TemporalFailure e) {
            LOG.warn("{} not ended; the janitor will: {}", key, Failures.sentence(e));
          }
          fleet.remove(key);
          bill.close(key, WorkflowTime.now(), Duration.ZERO);
        });
    if (watched) {
      calls.awaitWatches();
      calls.unwatch();
    }
  }
}
