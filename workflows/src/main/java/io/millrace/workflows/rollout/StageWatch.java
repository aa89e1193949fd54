package io.millrace.workflows.rollout;

import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Watches one stage of a rollout for its time; a version that is broken does not get all of it. */
final class StageWatch {
  /** Servers remember an hour; what came before is kept by {@link TrafficSum}. */
  private static final Duration REMEMBERED = Duration.ofMinutes(50);

  private final EndpointChange endpoint;
  private final ModelRef to;
  private final ModelRef from;
  private final boolean shadow;

  /**
   * @param shadow whether the new version's mirrored traffic is watched
   */
  StageWatch(EndpointChange endpoint, ModelRef to, ModelRef from, boolean shadow) {
    this.endpoint = endpoint;
    this.to = to;
    this.from = from;
    this.shadow = shadow;
  }

  /**
   * How a stage ended.
   *
   * @param judgement the last one; null when it was broken off
   * @param fresh of the new version over the stage; null when nothing was looked at
   * @param old of the old version over the stage
   */
  record Seen(
      @Nullable Judgement judgement,
      @Nullable VersionTraffic fresh,
      @Nullable VersionTraffic old) {}

  /**
   * @param stop true when a person wants it to end
   */
  Seen watch(Duration bake, StageJudge judge, Supplier<Boolean> stop) {
    Instant begin = WorkflowTime.now();
    Instant since = begin;
    Instant end = begin.plus(bake);
    TrafficSum fresh = new TrafficSum(to.version());
    TrafficSum old = new TrafficSum(from.version());
    while (WorkflowTime.now().isBefore(end)) {
      Duration left = Duration.between(WorkflowTime.now(), end);
      Duration slice = slice(bake, bake.minus(left));
      Workflow.await(slice.compareTo(left) < 0 ? slice : left, stop::get);
      if (stop.get()) {
        return new Seen(null, fresh.total(), old.total());
      }
      boolean last = !WorkflowTime.now().isBefore(end);
      List<VersionTraffic> seen = endpoint.observe(since, from, shadow);
      fresh.seen(of(seen, to));
      old.seen(of(seen, from));
      Judgement judgement = judge.look(fresh.total(), old.total(), last);
      if (last || !judgement.passed()) {
        return new Seen(judgement, fresh.total(), old.total());
      }
      if (Duration.between(since, WorkflowTime.now()).compareTo(REMEMBERED) > 0) {
        fresh.turn();
        old.turn();
        // the second that was looked at in part is left out rather than counted twice
        since = WorkflowTime.now().plusSeconds(1);
      }
    }
    return new Seen(new Judgement(List.of(), "no bake asked for"), null, null);
  }

  /** Often at first, because a bad model must be gone within a minute; at most 70 looks a stage. */
  private static Duration slice(Duration bake, Duration elapsed) {
    long seconds =
        elapsed.toSeconds() < 120
            ? Math.min(5, bake.toSeconds() / 10)
            : Math.max(15, bake.toSeconds() / 45);
    return Duration.ofSeconds(Math.max(1, seconds));
  }

  private static VersionTraffic of(List<VersionTraffic> seen, ModelRef version) {
    return seen.stream()
        .filter(traffic -> traffic.version() == version.version())
        .findFirst()
        .orElseGet(() -> VersionTraffic.none(version.version()));
  }
}
