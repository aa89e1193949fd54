package io.millrace.workflows.port.deploy;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes what an endpoint serves. Weight goes to ready backends only. */
@ActivityInterface(namePrefix = "Deploy")
public interface DeployActivities {
  /**
   * Makes a version ready behind the endpoint, without traffic; starts the endpoint when it is not
   * up. Takes minutes where machines are started; heartbeats.
   */
  EndpointState prepare(PrepareRequest request);

  /**
   * Sets the shares of traffic; a repeat with the same {@code key} changes nothing. Answers within
   * a minute; with {@code DEPLOY_STATE_UNKNOWN} when the change may or may not have happened:
   * {@link #reconcile} comes before the next move then.
   */
  EndpointState shift(ShiftRequest request);

  /** What users and the servers saw of each version since a moment. */
  Observation observe(ObserveRequest request);

  /** Drains a version and unloads it; one that is gone already is success. Heartbeats. */
  EndpointState retire(RetireRequest request);

  /** Makes what there is equal to the endpoint's newest state, and says what it serves then. */
  EndpointState reconcile(DescribeRequest request);

  /**
   * Gives up one of the two places that a moving endpoint has: drained and removed. Heartbeats; one
   * that is gone already is success.
   */
  EndpointState leave(LeaveRequest request);

  /** What the endpoint serves now; null state when there is no endpoint. */
  EndpointState describe(DescribeRequest request);

  /**
   * @param target where the endpoint is to live; when it lives elsewhere, it is made ready there
   *     beside the place that goes on serving
   * @param scale null is one instance
   * @param rollout what the target will be asked for, so that it can refuse before anything
   *     changes; null asks for all traffic at once
   * @param stay true: where the endpoint lives now, whatever {@code target} says; for going back
   */
  record PrepareRequest(
      String endpoint,
      ModelRef version,
      TargetSpec target,
      String key,
      DeploymentSpec.@Nullable ScaleSpec scale,
      DeploymentSpec.@Nullable RolloutSpec rollout,
      @Nullable Boolean stay) {
    public PrepareRequest(
        String endpoint,
        ModelRef version,
        TargetSpec target,
        String key,
        DeploymentSpec.@Nullable ScaleSpec scale,
        DeploymentSpec.@Nullable RolloutSpec rollout) {
      this(endpoint, version, target, key, scale, rollout, null);
    }

    public PrepareRequest(String endpoint, ModelRef version, TargetSpec target, String key) {
      this(endpoint, version, target, key, null, null, null);
    }
  }

  /**
   * @param weights share 0..1 by version, summing to 1
   * @param shadows share 0..1 of the requests that are mirrored, by version; null or empty for none
   * @param target the kind of place whose shares they are; it becomes the endpoint's own where the
   *     endpoint is moving. Null is where it lives
   */
  record ShiftRequest(
      String endpoint,
      Map<Integer, Double> weights,
      String key,
      String reason,
      @Nullable Map<Integer, Double> shadows,
      @Nullable String target) {
    public ShiftRequest(String endpoint, Map<Integer, Double> weights, String key, String reason) {
      this(endpoint, weights, key, reason, null, null);
    }
  }

  /**
   * @param shadow the version whose mirrored traffic is asked for instead of its own; null for none
   * @param qualitySince from when on answers are held against labels; null when nobody asks how
   *     right they were
   */
  record ObserveRequest(
      String endpoint,
      List<Integer> versions,
      Instant since,
      @Nullable Integer shadow,
      @Nullable Instant qualitySince) {
    public ObserveRequest(
        String endpoint, List<Integer> versions, Instant since, @Nullable Integer shadow) {
      this(endpoint, versions, since, shadow, null);
    }

    public ObserveRequest(String endpoint, List<Integer> versions, Instant since) {
      this(endpoint, versions, since, null, null);
    }
  }

  record RetireRequest(String endpoint, int version, String key) {}

  record DescribeRequest(String endpoint) {}

  /**
   * @param target kind of the place to give up, never the one where the endpoint lives
   */
  record LeaveRequest(String endpoint, String target, String key) {}

  /**
   * @param url null when it is not up
   * @param weights share 0..1 by version
   * @param ready versions that answer
   * @param target kind of where it lives; null in histories of releases that knew local ones only
   * @param other the other place of an endpoint that moves; null while it does not
   */
  record EndpointState(
      String endpoint,
      @Nullable String url,
      Map<Integer, Double> weights,
      List<Integer> ready,
      @Nullable String target,
      @Nullable OtherPlace other) {
    public EndpointState(
        String endpoint, @Nullable String url, Map<Integer, Double> weights, List<Integer> ready) {
      this(endpoint, url, weights, ready, null, null);
    }
  }

  /**
   * @param target its kind
   * @param url null when it is not up
   * @param ready versions that answer there
   */
  record OtherPlace(String target, @Nullable String url, List<Integer> ready) {}

  record Observation(List<VersionTraffic> versions) {}

  /**
   * @param requests since the moment asked for
   * @param errors answers that were none: the server's fault, and rows that this version refuses
   * @param p50 milliseconds; null without requests
   * @param p99 milliseconds; null without requests
   * @param scoreShift PSI of this version's scores against the heaviest other version's; null when
   *     either has fewer than 100
   * @param latency requests by how long they took; null where the target does not know
   * @param scores rows by score, the same bins for every version; null where the target does not
   *     know
   * @param quality how right the answers were; null when it was not asked for or cannot be known
   */
  record VersionTraffic(
      int version,
      long requests,
      long errors,
      @Nullable Double p50,
      @Nullable Double p99,
      @Nullable Double scoreShift,
      @Nullable LatencyCounts latency,
      @Nullable List<Long> scores,
      @Nullable QualityCounts quality) {
    public VersionTraffic(
        int version,
        long requests,
        long errors,
        @Nullable Double p50,
        @Nullable Double p99,
        @Nullable Double scoreShift,
        @Nullable LatencyCounts latency,
        @Nullable List<Long> scores) {
      this(version, requests, errors, p50, p99, scoreShift, latency, scores, null);
    }

    public VersionTraffic(
        int version,
        long requests,
        long errors,
        @Nullable Double p50,
        @Nullable Double p99,
        @Nullable Double scoreShift) {
      this(version, requests, errors, p50, p99, scoreShift, null, null, null);
    }

    /** The same traffic, known to be so right. */
    public VersionTraffic with(@Nullable QualityCounts known) {
      return new VersionTraffic(
          version, requests, errors, p50, p99, scoreShift, latency, scores, known);
    }

    /** Of a version that nobody asked. */
    public static VersionTraffic none(int version) {
      return new VersionTraffic(version, 0, 0, null, null, null);
    }
  }

  /**
   * Requests by latency in buckets of 9 %, eight per doubling, the first one below 1.1 µs.
   *
   * @param first number of the first bucket that is written, from 0
   * @param counts from that bucket on, without the empty ones at the end
   */
  record LatencyCounts(int first, List<Long> counts) {
    public LatencyCounts {
      counts = Checks.list(counts);
    }
  }

  /**
   * How right a version's answers were since {@code qualitySince}, mirrored ones among them.
   *
   * @param labelled entities that were answered about and whose label has come; each counts once,
   *     with its first answer
   * @param wrong of them, with another class; null for regression
   * @param errors of them, by how far off the value was; null for classes
   * @param calibration of the scores; null where they are no probabilities of one class
   */
  record QualityCounts(
      long labelled,
      @Nullable Long wrong,
      @Nullable ErrorCounts errors,
      @Nullable Calibration calibration) {}

  /**
   * Rows by absolute error in buckets of 19 %, four per doubling; bucket 0 begins at 1, in the
   * target's unit.
   *
   * @param first number of the first bucket that is written, -128 (no error at all) to 255
   * @param counts from that bucket on, without the empty ones at the end
   */
  record ErrorCounts(int first, List<Long> counts) {
    public ErrorCounts {
      counts = Checks.list(counts);
    }
  }

  /**
   * What a binary model's scores mean.
   *
   * @param error the expected calibration error on the test split, 0..1; null when it was not
   *     measured
   * @param threshold scores from here on are answered as the positive class
   */
  record Calibration(@Nullable Double error, double threshold) {}
}
