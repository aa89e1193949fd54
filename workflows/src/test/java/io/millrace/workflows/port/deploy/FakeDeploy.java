package io.millrace.workflows.port.deploy;

import io.millrace.workflows.port.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An endpoint in memory; the test says what traffic each version has seen. */
public final class FakeDeploy extends Script implements DeployActivities {
  private final TreeSet<Integer> ready = new TreeSet<>();
  private final List<Map<Integer, Double>> weights = new ArrayList<>();
  private final TreeSet<String> keys = new TreeSet<>();
  private volatile Function<Integer, VersionTraffic> traffic = FakeDeploy::good;
  private @Nullable String url;
  private @Nullable String kind;
  private @Nullable OtherPlace other;

  /** A thousand quick answers without an error. */
  public static VersionTraffic good(int version) {
    return new VersionTraffic(version, 1000, 0, 1.0, 4.0, 0.01);
  }

  public void traffic(Function<Integer, VersionTraffic> now) {
    traffic = now;
  }

  @Override
  public synchronized EndpointState prepare(PrepareRequest request) {
    called("prepare", request);
    String target = request.target().kind();
    String address = "http://" + target + ":8080/v2/models/" + request.endpoint();
    if (kind != null && !kind.equals(target) && !Boolean.TRUE.equals(request.stay())) {
      other = new OtherPlace(target, address, List.of(request.version().version()));
      return state(request.endpoint());
    }
    kind = kind == null ? target : kind;
    ready.add(request.version().version());
    url = url == null ? address : url;
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState shift(ShiftRequest request) {
    called("shift", request);
    if (keys.add(request.key())) {
      weights.add(new TreeMap<>(request.weights()));
      OtherPlace place = other;
      if (place != null && place.target().equals(request.target())) {
        other = new OtherPlace(String.valueOf(kind), url, List.copyOf(ready));
        kind = place.target();
        url = place.url();
        ready.clear();
        ready.addAll(place.ready());
      }
    }
    return state(request.endpoint());
  }

  @Override
  public Observation observe(ObserveRequest request) {
    called("observe", request);
    return new Observation(request.versions().stream().map(traffic).toList());
  }

  @Override
  public synchronized EndpointState retire(RetireRequest request) {
    called("retire", request);
    ready.remove(request.version());
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState reconcile(DescribeRequest request) {
    called("reconcile", request);
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState leave(LeaveRequest request) {
    called("leave", request);
    if (other != null && other.target().equals(request.target())) {
      other = null;
    }
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState describe(DescribeRequest request) {
    called("describe", request);
    return state(request.endpoint());
  }

  private EndpointState state(String endpoint) {
    return new EndpointState(endpoint, url, current(), List.copyOf(ready), kind, other);
  }

  public synchronized Map<Integer, Double> current() {
    return weights.isEmpty() ? Map.of() : weights.get(weights.size() - 1);
  }

  /** Every change of weights, in order. */
  public synchronized List<Map<Integer, Double>> shifts() {
    return List.copyOf(weights);
  }

  /** Kinds of the places that it has, its own first. */
  public synchronized List<String> places() {
    return Stream.of(kind, other == null ? null : other.target()).filter(Objects::nonNull).toList();
  }

  public synchronized List<Integer> ready() {
    return List.copyOf(ready);
  }
}
