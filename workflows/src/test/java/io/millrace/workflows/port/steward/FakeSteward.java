package io.millrace.workflows.port.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.port.Script;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A steward without a workflow: numbers by workflow id, and what it was told. */
public final class FakeSteward extends Script implements StewardActivities {
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<String, RunState> states = new HashMap<>();
  private volatile Function<AbortRollout, Aborted> abort = request -> new Aborted(false, true);
  private int last;

  @Override
  public synchronized Admission admit(AdmitRequest request) {
    called("admit", request);
    if (request.number() != null) {
      return new Admission(request.number());
    }
    return new Admission(numbers.computeIfAbsent(request.workflowId(), id -> numbers.size() + 1));
  }

  @Override
  public void finished(FinishedNotice notice) {
    called("finished", notice);
  }

  @Override
  public void drift(DriftSummary summary) {
    called("drift", summary);
  }

  @Override
  public synchronized RunState inspect(Inspection inspection) {
    called("inspect", inspection);
    return states.getOrDefault(inspection.workflowId(), new RunState(true, null, null, false));
  }

  @Override
  public Aborted abortRollout(AbortRollout request) {
    called("abortRollout", request);
    return abort.apply(request);
  }

  /** How rollouts under way are aborted from now on; there are none otherwise. */
  public void abort(Function<AbortRollout, Aborted> now) {
    abort = now;
  }

  @Override
  public synchronized LastRun lastRun(LastRunQuery query) {
    called("lastRun", query);
    return new LastRun(last);
  }

  /** What the server says of a workflow from now on. */
  public synchronized void state(String workflowId, RunState state) {
    states.put(workflowId, state);
  }

  public synchronized void lastRun(int number) {
    last = number;
  }
}
