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
import java.util.Set;
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
    if (head == null) {
      Target.Place chosen = place.get();
      return new Endpoint(
          0,
          request.endpoint(),
          request.target().kind(),
          chosen.port(),
          List.of(version(request.version())),
          request.key(),
          "prepare " + request.version(),
          clock.instant(),
          request.target(),
          request.scale(),
          chosen.url(),
          null);
    }
    boolean stays = Boolean.TRUE.equals(request.stay());
    List<DesiredState.Version> versions = with(head.name(), head.versions(), request.version());
    if (versions == null) {
      return null;
    }
    Endpoint next = next(head, versions, request.key(), "prepare " + request.version());
    return stays ? next : next.settled(request.target(), request.scale());
  }

  /**
   * With a version in the place that the endpoint is to move to.
   *
   * @param place asked when there is no such place yet
   */
  @Nullable Endpoint withNext(
      @Nullable Endpoint head, PrepareRequest request, Supplier<Target.Place> place) {
    if (head == null || head.target().equals(request.target().kind())) {
      return null;
    }
    SecondPlace there = head.other();
    List<DesiredState.Version> versions =
        with(head.name(), there == null ? List.of() : there.versions(), request.version());
    if (there != null && there.role() == SecondPlace.Role.NEXT && versions == null) {
      return null;
    }
    Target.Place kept =
        there == null ? place.get() : new Target.Place(there.port(), there.address());
    SecondPlace next =
        new SecondPlace(
            SecondPlace.Role.NEXT,
            request.target().kind(),
            kept.port(),
            versions != null ? versions : there == null ? List.of() : there.versions(),
            request.target(),
            request.scale(),
            kept.url());
    return next(head, head.versions(), request.key(), "prepare " + request.version()).with(next);
  }

  /** With the other place as the endpoint's own, and its own as the former one. */
  static Endpoint swapped(Endpoint head, SecondPlace other) {
    return head.beside(other).with(head.as(SecondPlace.Role.FORMER));
  }

  /** With the other place on its way out. */
  @Nullable Endpoint leaving(@Nullable Endpoint head, String target, String key) {
    SecondPlace other = head == null ? null : head.other();
    return head == null
            || other == null
            || !other.target().equals(target)
            || other.role() == SecondPlace.Role.LEAVING
        ? null
        : next(head, head.versions(), key, "leave " + target)
            .with(other.as(SecondPlace.Role.LEAVING));
  }

  /** Without the other place, which was on its way out. */
  @Nullable Endpoint left(@Nullable Endpoint head, String target, String key) {
    SecondPlace other = head == null ? null : head.other();
    return head != null
            && other != null
            && other.target().equals(target)
            && other.role() == SecondPlace.Role.LEAVING
        ? next(head, head.versions(), key, "left " + target).with(null)
        : null;
  }

  /** Null when it is there. */
  private static @Nullable List<DesiredState.Version> with(
      String endpoint, List<DesiredState.Version> there, ModelRef ref) {
    List<DesiredState.Version> versions = new ArrayList<>(there);
    for (DesiredState.Version version : there) {
      if (version.version() == ref.version()) {
        if (!version.digest().equals(ref.digest())) {
          throw Failures.of(
              FailureType.INVARIANT_BROKEN,
              "version "
                  + ref
                  + ": digest "
                  + ref.digest()
                  + " (expected: "
                  + version.digest()
                  + ", which endpoint "
                  + endpoint
                  + " has)");
        }
        return null;
      }
    }
    versions.add(version(ref));
    versions.sort(Comparator.comparingInt(DesiredState.Version::version));
    return versions;
  }

  private static DesiredState.Version version(ModelRef ref) {
    return new DesiredState.Version(ref.version(), ref.prefix(), ref.digest(), 0);
  }

  /** Where a change of weights is meant. */
  static Endpoint place(Endpoint endpoint, @Nullable String target) {
    return target == null
        ? endpoint
        : endpoint
            .in(target)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.REQUEST_INVALID,
                        "target: "
                            + target
                            + " (expected: "
                            + endpoint.target()
                            + ", or where a version was prepared)"));
  }

  /** Weight goes to versions that were prepared. */
  static void checkPrepared(Endpoint place, Set<Integer> versions) {
    for (int version : versions) {
      if (place.version(version).isEmpty()) {
        throw Failures.of(
            FailureType.REQUEST_INVALID,
            "weights: version "
                + version
                + " (expected: one of "
                + place.weights().keySet()
                + ", prepared ones)");
      }
    }
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

  /** With other shares of traffic, in the other place when the request is about that. */
  @Nullable Endpoint shifted(@Nullable Endpoint head, ShiftRequest request) {
    if (head == null) {
      return null;
    }
    SecondPlace other = head.other();
    Endpoint place =
        other != null
                && other.target().equals(request.target())
                && !head.target().equals(request.target())
            ? swapped(head, other)
            : head;
    Map<Integer, Double> shadows = shadows(request);
    List<DesiredState.Version> versions = new ArrayList<>();
    for (DesiredState.Version version : place.versions()) {
      versions.add(
          new DesiredState.Version(
              version.version(),
              version.prefix(),
              version.digest(),
              request.weights().getOrDefault(version.version(), 0.0),
              shadows.getOrDefault(version.version(), 0.0)));
    }
    return next(place, versions, request.key(), request.reason());
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
    return next(head, versions, request.key(), "retire " + request.version());
  }

  /** With the address where a place was found to answer. */
  @Nullable Endpoint addressed(@Nullable Endpoint head, String target, String url) {
    if (head == null) {
      return null;
    }
    SecondPlace other = head.other();
    if (head.target().equals(target)) {
      return url.equals(head.address())
          ? null
          : next(head, head.versions(), head.key(), "answers at " + url).at(url);
    }
    return other == null || !other.target().equals(target) || url.equals(other.address())
        ? null
        : next(head, head.versions(), head.key(), target + " answers at " + url)
            .with(
                new SecondPlace(
                    other.role(),
                    target,
                    other.port(),
                    other.versions(),
                    other.settings(),
                    other.scale(),
                    url));
  }

  private Endpoint next(
      Endpoint head, List<DesiredState.Version> versions, String key, String reason) {
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
        head.address(),
        head.other());
  }
}
