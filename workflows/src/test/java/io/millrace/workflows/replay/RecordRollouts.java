package io.millrace.workflows.replay;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.AbortRequest;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the histories of rollouts: {@code Rollout/<what-happened>.json}. Arguments: the folder of
 * histories, then the paths to record, new ones only.
 */
public final class RecordRollouts {
  private static final ModelRef ONE = new ModelRef("credit", 1, Samples.DIGEST);
  private static final ModelRef TWO = new ModelRef("credit", 2, Samples.DIGEST);
  private static final TargetSpec DOCKER =
      new TargetSpec(
          null, null, new TargetSpec.Docker(0, "127.0.0.1", "384MB", 1), null, null, null);
  private static final List<Long> SCORES = List.of(300L, 300L, 200L, 100L, 50L, 50L);

  private RecordRollouts() {}

  public static void main(String[] arguments) {
    Histories histories = new Histories(Path.of(arguments[0]));
    Map<String, Runnable> paths = new LinkedHashMap<>();
    paths.put("promoted", () -> record(histories, "promoted", null, null, bed -> {}));
    paths.put("slow", () -> record(histories, "slow", null, null, bed -> traffic(bed, 0, 130, 0)));
    paths.put(
        "erring", () -> record(histories, "erring", null, null, bed -> traffic(bed, 9, 80, 0)));
    paths.put(
        "shifted", () -> record(histories, "shifted", null, null, bed -> traffic(bed, 0, 80, 3)));
    ShadowSpec shadow = new ShadowSpec(0.5, Duration.ofMinutes(5));
    paths.put("shadow", () -> record(histories, "shadow", null, shadow, bed -> {}));
    paths.put("moved", () -> record(histories, "moved", DOCKER, null, bed -> {}));
    paths.put(
        "moved-back",
        () -> record(histories, "moved-back", DOCKER, null, bed -> traffic(bed, 9, 80, 0)));
    paths.put(
        "unknown",
        () ->
            record(
                histories,
                "unknown",
                null,
                null,
                bed -> bed.deploy.fail("shift", 1, FailureType.DEPLOY_STATE_UNKNOWN, "no answer")));
    paths.put("aborted", () -> record(histories, "aborted", null, null, bed -> {}));
    Histories.record(arguments, paths);
  }

  /** Ten times as much at each look; the old version is quick, right and itself. */
  private static void traffic(TestBed bed, int errors, int bucket, int moved) {
    AtomicInteger looks = new AtomicInteger();
    bed.deploy.traffic(
        version -> {
          int n = version == 2 ? looks.incrementAndGet() : Math.max(1, looks.get());
          boolean fresh = version == 2;
          List<Long> scores =
              SCORES.stream().map(count -> count * n).collect(java.util.stream.Collectors.toList());
          java.util.Collections.rotate(scores, fresh ? moved : 0);
          return new VersionTraffic(
              version,
              1_000L * n,
              fresh ? 10L * errors * n : 0,
              1.0,
              4.0,
              0.0,
              new LatencyCounts(fresh ? bucket : 80, List.of(990L * n, 10L * n)),
              scores);
        });
  }

  private static void record(
      Histories histories,
      String what,
      @Nullable TargetSpec target,
      @Nullable ShadowSpec shadow,
      Consumer<TestBed> given) {
    try (TestBed bed = new TestBed()) {
      DeploymentSpec usual = Samples.spec().deployment();
      bed.deploy.prepare(new PrepareRequest("credit", ONE, usual.target(), "before"));
      given.accept(bed);
      RolloutSpec rules = usual.rollout();
      RolloutSpec asked =
          new RolloutSpec(
              rules.steps(), rules.bake(), rules.minRequests(), rules.rollbackOn(), shadow);
      Rollout rollout = bed.client().newWorkflowStub(Rollout.class, bed.at("Rollout:credit:k"));
      WorkflowClient.start(
          rollout::run,
          new RolloutRequest(
              "credit",
              TWO,
              ONE,
              new DeploymentSpec(target == null ? usual.target() : target, asked),
              "k",
              "drift",
              "steward"));
      if (what.equals("aborted")) {
        bed.until(() -> rollout.status().weight() > 0, "the first step");
        rollout.abort(new AbortRequest("ann", "looks odd"));
      }
      Rollout.RolloutOutcome outcome =
          WorkflowStub.fromTyped(rollout).getResult(Rollout.RolloutOutcome.class);
      System.out.println(what + ": " + outcome.sentence());
      histories.save(bed, "Rollout:credit:k", "Rollout", what);
    }
  }
}
