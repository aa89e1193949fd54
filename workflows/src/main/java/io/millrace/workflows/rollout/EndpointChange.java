package io.millrace.workflows.rollout;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.LeaveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.failure.TimeoutFailure;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What a rollout does to its endpoint, each change under its own key. */
final class EndpointChange {
  private static final Logger LOG = Workflow.getLogger(EndpointChange.class);

  /** A change whose outcome stays unknown so often is a target that does not work. */
  private static final int TURNS = 3;

  private final RolloutRequest request;
  private final DeployActivities deploy;
  private final DeployActivities look;
  private final DeployActivities slow;
  private final DeployActivities rescue;

  /** When the first stage began; null before it did. */
  private @Nullable Instant begun;

  EndpointChange(RolloutRequest request) {
    this.request = request;
    deploy = Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.QUICK_API);
    look = Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.LOOK);
    slow = Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.DEPLOY);
    rescue = Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.RESCUE);
  }

  EndpointState describe() {
    return deploy.describe(new DescribeRequest(request.endpoint()));
  }

  EndpointState prepare(ModelRef version, String summary) {
    return saying(summary, ActivityProfiles.DEPLOY)
        .prepare(
            new PrepareRequest(
                request.endpoint(),
                version,
                request.deployment().target(),
                request.key() + "-prepare-" + version.version(),
                request.deployment().scale(),
                request.deployment().rollout(),
                request.stay()));
  }

  /** The shares of a step; {@code from} is null where the new version gets everything at once. */
  void shift(double share, @Nullable ModelRef from, boolean reconciles) {
    Map<Integer, Double> weights = new TreeMap<>();
    weights.put(request.to().version(), share);
    if (from != null && share < 1) {
      weights.put(from.version(), 1 - share);
    }
    ShiftRequest shift =
        new ShiftRequest(
            request.endpoint(),
            weights,
            request.key() + "-" + RolloutPage.basisPoints(share),
            request.reason());
    made(RolloutPage.percent(share) + " to " + request.to(), shift, reconciles);
  }

  /** The old version answers everything, the new one a copy of a share. */
  void mirror(double share, ModelRef from) {
    ShiftRequest shift =
        new ShiftRequest(
            request.endpoint(),
            Map.of(from.version(), 1.0),
            request.key() + "-shadow",
            request.reason(),
            Map.of(request.to().version(), share),
            null);
    made(RolloutPage.percent(share) + " mirrored to " + request.to(), shift, true);
  }

  /** The place that was made ready becomes the endpoint's own. */
  void move(String target) {
    ShiftRequest shift =
        new ShiftRequest(
            request.endpoint(),
            Map.of(request.to().version(), 1.0),
            request.key() + "-move",
            request.reason(),
            null,
            target);
    made("to " + target, shift, true);
  }

  /** An outcome that is not known is looked at before the change is tried again. */
  private void made(String summary, ShiftRequest shift, boolean reconciles) {
    DeployActivities quick = saying(summary, ActivityProfiles.SHIFT);
    for (int turn = 1; ; turn++) {
      try {
        quick.shift(shift);
        return;
      } catch (ActivityFailure failure) {
        if (!reconciles || !unknown(failure) || turn == TURNS) {
          throw failure;
        }
        LOG.warn("{}: looking first: {}", summary, Failures.sentence(failure));
        EndpointState now =
            saying("reconcile", ActivityProfiles.SHIFT)
                .reconcile(new DescribeRequest(request.endpoint()));
        if (serves(now, shift)) {
          return;
        }
      }
    }
  }

  private static boolean unknown(ActivityFailure failure) {
    return failure.getCause() instanceof TimeoutFailure
        || Failures.typeOf(failure)
            .filter(type -> type == FailureType.DEPLOY_STATE_UNKNOWN)
            .isPresent();
  }

  private static boolean serves(EndpointState now, ShiftRequest wanted) {
    Map<Integer, Double> shares = new TreeMap<>(now.weights());
    wanted.weights().forEach((version, share) -> shares.merge(version, -share, Double::sum));
    // mirrored traffic is not in the answer: asking for it again changes nothing
    return wanted.shadows() == null
        && (wanted.target() == null || wanted.target().equals(now.target()))
        && shares.values().stream().allMatch(rest -> Math.abs(rest) < 1e-9);
  }

  List<VersionTraffic> observe(Instant since, ModelRef from, boolean shadow) {
    int to = request.to().version();
    Instant first = begun == null ? since : begun;
    begun = first;
    // labels come late: those of an early stage's answers are counted in a later one
    boolean quality = request.deployment().rollout().rollbackOn().contains("quality");
    return look.observe(
            new ObserveRequest(
                request.endpoint(),
                List.of(to, from.version()),
                since,
                shadow ? Integer.valueOf(to) : null,
                quality ? first : null))
        .versions();
  }

  /** All traffic to the old version, where it serves; tried until it is done. */
  void back(ModelRef from, @Nullable String target) {
    rescue.shift(
        new ShiftRequest(
            request.endpoint(),
            Map.of(from.version(), 1.0),
            request.key() + "-back",
            "rollback",
            null,
            target));
  }

  /** Drains and unloads a version; one that stays does no harm. */
  void retire(int version, String key) {
    try {
      slow.retire(new RetireRequest(request.endpoint(), version, request.key() + "-retire-" + key));
    } catch (TemporalFailure failure) {
      LOG.warn("version {} stays loaded: {}", version, Failures.sentence(failure));
    }
  }

  /** Removes the place that the endpoint does not live in; one that stays is found later. */
  void leave(String target) {
    try {
      saying("leave " + target, ActivityProfiles.DEPLOY)
          .leave(new LeaveRequest(request.endpoint(), target, request.key() + "-leave-" + target));
    } catch (TemporalFailure failure) {
      LOG.warn("{} still has the endpoint: {}", target, Failures.sentence(failure));
    }
  }

  private static DeployActivities saying(String summary, ActivityOptions options) {
    return Workflow.newActivityStub(
        DeployActivities.class, ActivityProfiles.saying(summary, options));
  }
}
