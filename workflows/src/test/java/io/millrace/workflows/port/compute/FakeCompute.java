package io.millrace.workflows.port.compute;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.Script;
import io.temporal.activity.Activity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Nodes that are names only; a test can lose them. With {@link #sellAt} it is a market: offerings
 * that can be sold out, and prices.
 */
public final class FakeCompute extends Script implements ComputeActivities {
  private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<String> ANY_ZONE = List.of("zone-a", "zone-b");

  private final Map<String, Node> alive = new LinkedHashMap<>();
  private final Map<String, Node> launched = new LinkedHashMap<>();
  private final Set<String> soldOut = new LinkedHashSet<>();
  private final List<Price> prices = new ArrayList<>();
  private final List<Orphan> orphans = new ArrayList<>();
  private Supplier<Instant> clock = () -> LONG_AGO;
  private boolean glancing;
  private int watching;
  private boolean lostAnswers;

  @Override
  public synchronized Node launch(LaunchRequest request) {
    called("launch", request);
    Node known = launched.get(request.key());
    if (known != null && !lostAnswers) {
      return known;
    }
    Placement placement = request.order() == null ? null : place(request.order());
    Node node =
        new Node(request.key(), request.key() + "@1", request.kind(), clock.get(), placement);
    if (launched.putIfAbsent(request.key(), node) == null) {
      alive.put(request.key(), node);
    }
    if (lostAnswers) {
      throw Failures.of(FailureType.AWS_UNAVAILABLE, "launch: no answer (expected: one)");
    }
    return node;
  }

  /**
   * Takes the first offering that is not avoided; the avoided ones when all others are sold out.
   */
  private Placement place(Order order) {
    List<Offering> asked = new ArrayList<>();
    List<Offering> avoided = new ArrayList<>();
    for (String type : order.types()) {
      for (String zone : order.zones().isEmpty() ? ANY_ZONE : order.zones()) {
        Offering offering = new Offering(type, zone);
        (order.avoid().contains(offering) ? avoided : asked).add(offering);
      }
    }
    if (asked.isEmpty()) {
      asked = avoided;
    }
    for (Offering offering : asked) {
      if (!soldOut.contains(order.market() + " " + offering)) {
        return new Placement(offering, order.market());
      }
    }
    throw Failures.of(
        FailureType.CAPACITY_UNAVAILABLE,
        asked.size() + " offerings: no capacity (expected: some)",
        new Shortage(asked));
  }

  @Override
  public NodeReport await(AwaitRequest request) {
    called("await", request);
    watching(1);
    try {
      return watched(request);
    } finally {
      watching(-1);
    }
  }

  private synchronized void watching(int more) {
    watching += more;
  }

  private NodeReport watched(AwaitRequest request) {
    while (true) {
      Activity.getExecutionContext().heartbeat(null);
      synchronized (this) {
        List<Node> ended = new ArrayList<>(request.nodes());
        ended.removeAll(alive.values());
        if (!ended.isEmpty() || glancing) {
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
  public synchronized Prices prices(PriceRequest request) {
    called("prices", request);
    return new Prices(clock.get(), List.copyOf(prices));
  }

  @Override
  public synchronized Swept sweep(SweepRequest request) {
    called("sweep", request);
    Swept swept = new Swept(List.copyOf(orphans));
    if (!request.dry()) {
      orphans.clear();
    }
    return swept;
  }

  /**
   * Nodes are bought, and start at the clock's time. Watches answer at once, so that a test's time
   * can pass: it stands still while an activity waits.
   */
  public synchronized void sellAt(Supplier<Instant> now) {
    clock = now;
    glancing = true;
  }

  /** Watches wait for an end again, and time stands still meanwhile. */
  public synchronized void watchPatiently() {
    glancing = false;
  }

  /** Watches under way. */
  public synchronized int watching() {
    return watching;
  }

  public synchronized void price(Offering offering, Market market, double hourly) {
    prices.removeIf(p -> p.offering().equals(offering) && p.market() == market);
    prices.add(new Price(offering, market, hourly));
  }

  public synchronized void sellOut(Market market, Offering... offerings) {
    for (Offering offering : offerings) {
      soldOut.add(market + " " + offering);
    }
  }

  public synchronized void restock() {
    soldOut.clear();
  }

  /** Launches happen, and their answers are lost. */
  public synchronized void loseAnswers(boolean lost) {
    lostAnswers = lost;
  }

  public synchronized void orphan(Orphan orphan) {
    orphans.add(orphan);
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
