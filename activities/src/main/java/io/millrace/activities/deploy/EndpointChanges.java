package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.ref.ModelRef;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The next state of an endpoint of its newest one; null where nothing is to be changed. */
final class EndpointChanges {
  private final InstantSource clock;

  /**
   * @param clock dates the states, for people
   */
  EndpointChanges(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * With one more version, which gets no traffic yet.
   *
   * @param place asked when there is no endpoint yet
   */
  @Nullable Endpoint withVersion(
      @Nullable Endpoint head, PrepareRequest request, Supplier<Target.Place> place) {
    ModelRef ref = request.version();
    List<DesiredState.Version> versions = new ArrayList<>();
    if (head != null) {
      Optional<DesiredState.Version> there = head.version(ref.version());
      if (there.isPresent() && !there.get().digest().equals(ref.digest())) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            "version "
                + ref
                + ": digest "
                + ref.digest()
                + " (expected: "
                + there.get().digest()
                + ", which the endpoint has)");
      }
      if (!head.target().equals(request.target().kind())) {
        throw Failures.of(
            FailureType.CONFIG_INVALID,
            "deployment.target: "
                + request.target().kind()
                + " (expected: "
                + head.target()
                + ", where endpoint "
                + head.name()
                + " lives)");
      }
      if (there.isPresent()) {
        return null;
      }
      versions.addAll(head.versions());
    }
    versions.add(new DesiredState.Version(ref.version(), ref.prefix(), ref.digest(), 0));
    versions.sort(Comparator.comparingInt(DesiredState.Version::version));
    Target.Place kept = head != null ? new Target.Place(head.port(), head.address()) : place.get();
    return new Endpoint(
        0,
        request.endpoint(),
        request.target().kind(),
        kept.port(),
        versions,
        request.key(),
        "prepare " + ref,
        clock.instant(),
        request.target(),
        request.scale(),
        kept.url());
  }

  /** Weights must be shares that sum to 1, shadows shares of versions without weight. */
  static void check(ShiftRequest request) {
    double sum = request.weights().values().stream().mapToDouble(Double::doubleValue).sum();
    if (!request.weights().values().stream().allMatch(w -> w >= 0 && w <= 1)
        || Math.abs(sum - 1) > 1e-6) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "weights: " + request.weights() + " (expected: shares that sum to 1)");
    }
    Map<Integer, Double> shadows = shadows(request);
    if (!shadows.entrySet().stream()
        .allMatch(
            s ->
                s.getValue() >= 0
                    && s.getValue() <= 1
                    && (s.getValue() == 0
                        || request.weights().getOrDefault(s.getKey(), 0.0) == 0))) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "shadows: " + shadows + " (expected: shares of versions without weight)");
    }
  }

  private static Map<Integer, Double> shadows(ShiftRequest request) {
    Map<Integer, Double> shadows = request.shadows();
    return shadows == null ? Map.of() : shadows;
  }

  /** With other shares of traffic. */
  @Nullable Endpoint shifted(@Nullable Endpoint head, ShiftRequest request) {
    if (head == null) {
      return null;
    }
    Map<Integer, Double> shadows = shadows(request);
    List<DesiredState.Version> versions = new ArrayList<>();
    for (DesiredState.Version version : head.versions()) {
      versions.add(
          new DesiredState.Version(
              version.version(),
              version.prefix(),
              version.digest(),
              request.weights().getOrDefault(version.version(), 0.0),
              shadows.getOrDefault(version.version(), 0.0)));
    }
    return next(head, versions, request.key(), request.reason(), head.address());
  }

  /** Without a version, which must have no traffic. */
  @Nullable Endpoint without(@Nullable Endpoint head, RetireRequest request) {
    if (head == null || head.version(request.version()).isEmpty()) {
      return null;
    }
    if (head.weights().getOrDefault(request.version(), 0.0) > 0) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "version: " + request.version() + " has traffic (expected: none, shift it first)");
    }
    List<DesiredState.Version> versions =
        head.versions().stream().filter(v -> v.version() != request.version()).toList();
    return next(head, versions, request.key(), "retire " + request.version(), head.address());
  }

  /** With the address where it was found to answer. */
  @Nullable Endpoint addressed(@Nullable Endpoint head, String url) {
    return head == null || url.equals(head.address())
        ? null
        : next(head, head.versions(), head.key(), "answers at " + url, url);
  }

  private Endpoint next(
      Endpoint head,
      List<DesiredState.Version> versions,
      String key,
      String reason,
      @Nullable String address) {
    return new Endpoint(
        0,
        head.name(),
        head.target(),
        head.port(),
        versions,
        key,
        reason,
        clock.instant(),
        head.settings(),
        head.scale(),
        address);
  }
}
