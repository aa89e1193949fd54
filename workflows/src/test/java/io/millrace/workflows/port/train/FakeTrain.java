package io.millrace.workflows.port.train;

import io.millrace.workflows.port.Script;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.wire.PayloadJson;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Trains in no time; a family can be told to fail, or to take as long as it takes. */
public final class FakeTrain extends Script implements TrainActivities {
  /** What a family does instead of training at once. */
  public interface Habit {
    void before(TrialRequest request);
  }

  private final Map<String, Habit> habits = new ConcurrentHashMap<>();

  public void habit(String family, Habit habit) {
    habits.put(family, habit);
  }

  @Override
  public TrialResult fit(TrialRequest request) {
    called("fit", request);
    called("fit-" + request.candidate().family(), request);
    Habit habit = habits.get(request.candidate().family());
    if (habit != null) {
      habit.before(request);
    }
    String digest = PayloadJson.digest(List.of(request.candidate(), request.dataset()));
    return new TrialResult(
        request.trial(),
        request.candidate().family(),
        new PackageRef(
            "runs/" + request.run().runId() + "/trials/" + request.trial() + "/package/",
            digest,
            4096),
        List.of(
            new Metric(
                request.objective().metric(), 0.76 + 0.01 * request.trial(), 0.74, 0.80, 100)),
        request.stopAfter() == null ? 10 : request.stopAfter(),
        7,
        700,
        2049,
        request.candidate(),
        request.stopAfter() != null);
  }
}
