package io.millrace.workflows.port.deploy;

import io.millrace.workflows.port.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An endpoint in memory; the test says what traffic each version has seen. */
public final class FakeDeploy extends Script implements DeployActivities {
  private final TreeSet<Integer> ready = new TreeSet<>();
  private final List<Map<Integer, Double>> weights = new ArrayList<>();
  private final TreeSet<String> keys = new TreeSet<>();
  private volatile Function<Integer, VersionTraffic> traffic = FakeDeploy::good;
  private @Nullable String url;

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
    ready.add(request.version().version());
    url = "http://127.0.0.1:8080/v2/models/" + request.endpoint();
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState shift(ShiftRequest request) {
    called("shift", request);
    if (keys.add(request.key())) {
      weights.add(new TreeMap<>(request.weights()));
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
    return state(request.endpoint());
  }

  @Override
  public synchronized EndpointState describe(DescribeRequest request) {
    called("describe", request);
    return state(request.endpoint());
  }

  private EndpointState state(String endpoint) {
    return new EndpointState(endpoint, url, current(), List.copyOf(ready));
  }

  public synchronized Map<Integer, Double> current() {
    return weights.isEmpty() ? Map.of() : weights.get(weights.size() - 1);
  }

  /** Every change of weights, in order. */
  public synchronized List<Map<Integer, Double>> shifts() {
    return List.copyOf(weights);
  }

  public synchronized List<Integer> ready() {
    return List.copyOf(ready);
  }
}
