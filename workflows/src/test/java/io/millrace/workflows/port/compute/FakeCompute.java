package io.millrace.workflows.port.compute;

import io.millrace.workflows.port.Script;
import io.temporal.activity.Activity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nodes that are names only; a test can lose them. */
public final class FakeCompute extends Script implements ComputeActivities {
  private final Map<String, Node> alive = new LinkedHashMap<>();

  @Override
  public synchronized Node launch(LaunchRequest request) {
    called("launch", request);
    return alive.computeIfAbsent(
        request.key(),
        key ->
            new Node(key, key + "@1", request.kind(), Instant.parse("2026-01-01T00:00:00Z"), null));
  }

  @Override
  public NodeReport await(AwaitRequest request) {
    called("await", request);
    while (true) {
      Activity.getExecutionContext().heartbeat(null);
      synchronized (this) {
        List<Node> ended = new ArrayList<>(request.nodes());
        ended.removeAll(alive.values());
        if (!ended.isEmpty()) {
          return new NodeReport(ended);
        }
        try {
          wait(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted", e);
        }
      }
    }
  }

  @Override
  public synchronized void terminate(Node node) {
    called("terminate", node);
    alive.remove(node.key());
    notifyAll();
  }

  @Override
  public Prices prices(PriceRequest request) {
    called("prices", request);
    return new Prices(Instant.parse("2026-01-01T00:00:00Z"), List.of());
  }

  @Override
  public Swept sweep(SweepRequest request) {
    called("sweep", request);
    return new Swept(List.of());
  }

  /** A node dies by itself. */
  public synchronized void lose(Node node) {
    alive.remove(node.key());
    notifyAll();
  }

  /** Every node dies, as when a zone goes. */
  public synchronized void loseAll() {
    alive.clear();
    notifyAll();
  }

  public synchronized List<Node> alive() {
    return List.copyOf(alive.values());
  }
}
