package io.millrace.workflows.port.deploy;

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
   * up.
   */
  EndpointState prepare(PrepareRequest request);

  /** Sets the shares of traffic; a repeat with the same {@code key} changes nothing. */
  EndpointState shift(ShiftRequest request);

  /** What users and the servers saw of each version since a moment. */
  Observation observe(ObserveRequest request);

  /** Drains a version and unloads it; one that is gone already is success. */
  EndpointState retire(RetireRequest request);

  /** What the endpoint serves now; null state when there is no endpoint. */
  EndpointState describe(DescribeRequest request);

  /**
   * @param target where the endpoint lives
   * @param scale null is one instance
   * @param rollout what the target will be asked for, so that it can refuse before anything
   *     changes; null asks for all traffic at once
   */
  record PrepareRequest(
      String endpoint,
      ModelRef version,
      TargetSpec target,
      String key,
      DeploymentSpec.@Nullable ScaleSpec scale,
      DeploymentSpec.@Nullable RolloutSpec rollout) {
    public PrepareRequest(String endpoint, ModelRef version, TargetSpec target, String key) {
      this(endpoint, version, target, key, null, null);
    }
  }

  /**
   * @param weights share 0..1 by version, summing to 1
   * @param shadows share 0..1 of the requests that are mirrored, by version; null or empty for none
   */
  record ShiftRequest(
      String endpoint,
      Map<Integer, Double> weights,
      String key,
      String reason,
      @Nullable Map<Integer, Double> shadows) {
    public ShiftRequest(String endpoint, Map<Integer, Double> weights, String key, String reason) {
      this(endpoint, weights, key, reason, null);
    }
  }

  record ObserveRequest(String endpoint, List<Integer> versions, Instant since) {}

  record RetireRequest(String endpoint, int version, String key) {}

  record DescribeRequest(String endpoint) {}

  /**
   * @param url null when it is not up @param weights share 0..1 by version @param ready versions
   *     that answer
   */
  record EndpointState(
      String endpoint, @Nullable String url, Map<Integer, Double> weights, List<Integer> ready) {}

  record Observation(List<VersionTraffic> versions) {}

  /**
   * @param requests since the moment asked for
   * @param errors answers that were the server's fault (5xx)
   * @param p50 milliseconds; null without requests
   * @param p99 milliseconds; null without requests
   * @param scoreShift PSI of this version's scores against the heaviest other version's; null when
   *     either has fewer than 100
   */
  record VersionTraffic(
      int version,
      long requests,
      long errors,
      @Nullable Double p50,
      @Nullable Double p99,
      @Nullable Double scoreShift) {}
}
