package io.millrace.activities.compute;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The adapter of each kind of node behind one port. A kind without adapter is refused with what
 * must be set to have it.
 */
public final class ComputeKinds implements ComputeActivities {
  private final Map<String, ComputeActivities> kinds;
  private final Map<String, String> unset;

  /**
   * @param kinds adapters by the name of their kind, such as {@code local}
   * @param unset of kinds that this worker could have: what to set, such as {@code MILLRACE_X=…}
   */
  public ComputeKinds(Map<String, ComputeActivities> kinds, Map<String, String> unset) {
    this.kinds = new TreeMap<>(kinds);
    this.unset = new TreeMap<>(unset);
  }

  @Override
  public Node launch(LaunchRequest request) {
    return of(request.kind()).launch(request);
  }

  /** Nodes of several kinds are never watched together: a pool has one kind. */
  @Override
  public NodeReport await(AwaitRequest request) {
    List<String> asked = request.nodes().stream().map(Node::kind).distinct().toList();
    if (asked.size() > 1) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, "nodes: of kinds " + asked + " (expected: of one kind)");
    }
    return asked.isEmpty() ? new NodeReport(List.of()) : of(asked.getFirst()).await(request);
  }

  @Override
  public void terminate(Node node) {
    of(node.kind()).terminate(node);
  }

  @Override
  public Prices prices(PriceRequest request) {
    return of(request.kind()).prices(request);
  }

  /** No kinds asks for every kind this worker has. A kind it has not has no orphans here. */
  @Override
  public Swept sweep(SweepRequest request) {
    List<Orphan> orphans = new ArrayList<>();
    for (Map.Entry<String, ComputeActivities> kind : kinds.entrySet()) {
      if (request.kinds().isEmpty() || request.kinds().contains(kind.getKey())) {
        SweepRequest one = new SweepRequest(List.of(kind.getKey()), request.dry());
        orphans.addAll(kind.getValue().sweep(one).orphans());
      }
    }
    return new Swept(orphans);
  }

  /** What this worker has, by name. */
  public List<String> names() {
    return List.copyOf(kinds.keySet());
  }

  private ComputeActivities of(String kind) {
    ComputeActivities adapter = kinds.get(kind);
    if (adapter != null) {
      return adapter;
    }
    String missing = unset.get(kind);
    throw Failures.of(
        FailureType.CONFIG_INVALID,
        "training.compute.kind: "
            + kind
            + " (expected: one of "
            + String.join(", ", kinds.keySet())
            + (missing == null ? "" : "; this worker has " + kind + " when " + missing)
            + ")");
  }
}
