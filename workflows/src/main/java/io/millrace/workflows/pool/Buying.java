package io.millrace.workflows.pool;

import io.millrace.workflows.pool.ComputePool.Purchase;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Which market the next node comes from: spot until {@code on-demand-by}, then on demand. In the
 * last quarter of that time one answer "none anywhere" is enough. The number of interruptions plays
 * no part: a cheap machine that is taken back often still gets the work done in time.
 */
public final class Buying {
  /** A node that comes late still gets its boot, its training and its goodbye. */
  private static final Duration LEAST_LIFE = Duration.ofHours(1);

  /**
   * @param spotDry the last spot order found none anywhere
   * @param onDemandDry the last on-demand order found none, and spot was not asked since
   */
  public record State(boolean spotDry, boolean onDemandDry) {
    static final State FRESH = new State(false, false);
  }

  private final Purchase purchase;
  private final Instant started;
  private State state;

  Buying(Purchase purchase, Instant started, State state) {
    this.purchase = purchase;
    this.started = started;
    this.state = state;
  }

  State state() {
    return state;
  }

  Market market(Instant now) {
    boolean late = !now.isBefore(started.plus(purchase.onDemandBy()));
    // both may be dry: then they are asked in turn
    return (late || (near(now) && state.spotDry())) && !state.onDemandDry()
        ? Market.ON_DEMAND
        : Market.SPOT;
  }

  /** True when there is nothing else to try than what is tried now. */
  boolean near(Instant now) {
    return !now.isBefore(nearFrom());
  }

  /** When the last quarter begins. */
  Instant nearFrom() {
    return started.plus(purchase.onDemandBy().multipliedBy(3).dividedBy(4));
  }

  Order order(Instant now, List<Offering> avoid) {
    Duration left = Duration.between(now, started.plus(purchase.timeToLive()));
    return new Order(
        market(now),
        purchase.types(),
        purchase.zones(),
        avoid,
        left.compareTo(LEAST_LIFE) < 0 ? LEAST_LIFE : left);
  }

  void filled(Market market) {
    state = market == Market.SPOT ? new State(false, false) : new State(state.spotDry(), false);
  }

  void refused(Market market) {
    state = market == Market.SPOT ? new State(true, false) : new State(state.spotDry(), true);
  }
}
