package io.millrace.workflows.pool;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.PoolRequest;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.NodeReport;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import io.millrace.workflows.port.compute.ComputeActivities.Prices;
import io.millrace.workflows.port.compute.ComputeActivities.Shortage;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What the answers of a pool's calls mean: who is there, who is gone and why, and what it costs.
 */
final class Answers {
  private static final Logger LOG = Workflow.getLogger(Answers.class);

  private final PoolRequest request;
  private final Instant started;
  private final Fleet fleet;
  private final Budgets budgets;
  private final Shortages shortages;
  private final @Nullable Buying buying;
  private final Bill bill;
  private final Stalls stalls;
  private final Calls calls;
  private final Pauses pauses;

  Answers(
      PoolRequest request,
      Instant started,
      Fleet fleet,
      Budgets budgets,
      Shortages shortages,
      @Nullable Buying buying,
      Bill bill,
      Stalls stalls,
      Calls calls,
      Pauses pauses) {
    this.request = request;
    this.started = started;
    this.fleet = fleet;
    this.budgets = budgets;
    this.shortages = shortages;
    this.buying = buying;
    this.bill = bill;
    this.stalls = stalls;
    this.calls = calls;
    this.pauses = pauses;
  }

  /**
   * Takes in all there is.
   *
   * @throws ApplicationFailure when a budget is spent, or an order can never be filled
   */
  void take(Instant now) {
    bill.read(now);
    Promise<Prices> prices = calls.takePrices();
    if (prices != null) {
      prices(prices, now);
    }
    calls.takeEndings().forEach((key, ending) -> ended(key, ending, now));
    calls.takeReports().forEach(watched -> watched(watched, now));
    ApplicationFailure verdict = null;
    for (var answer : calls.takeLaunches().entrySet()) {
      ApplicationFailure failure = launch(answer.getKey(), answer.getValue(), now);
      verdict = verdict == null ? failure : verdict;
    }
    if (verdict != null) {
      throw verdict;
    }
    losses();
  }

  private void prices(Promise<Prices> answer, Instant now) {
    try {
      bill.prices(answer.get().prices(), now);
    } catch (TemporalFailure e) {
      LOG.warn("prices are not known: {}", Failures.sentence(e));
    }
  }

  private void ended(String key, Promise<Void> ending, Instant now) {
    try {
      ending.get();
      fleet.remove(key);
      boolean stalled = stalls.stalled(key, now);
      bill.close(key, now, stalled ? stalls.silent(key, now) : Duration.ZERO);
      stalls.forget(key);
    } catch (TemporalFailure e) {
      LOG.warn("{} not ended, trying again: {}", key, Failures.sentence(e));
      pauses.endingFailed(now);
    }
  }

  /** An answer that does not come says nothing about the nodes: none is replaced for it. */
  private void watched(Calls.Watched watched, Instant now) {
    NodeReport report;
    try {
      report = watched.report().get();
    } catch (TemporalFailure e) {
      LOG.warn("nodes cannot be watched now: {}", Failures.sentence(e));
      pauses.watchSaidNothing(now);
      return;
    }
    boolean inFull = !now.isBefore(watched.since().plus(Calls.WATCH.dividedBy(2)));
    if (report.ended().isEmpty() && !inFull) {
      pauses.watchSaidNothing(now);
      return;
    }
    pauses.watchWorked();
    for (Node gone : report.ended()) {
      fleet
          .member(gone.key())
          .filter(member -> member.phase() != Phase.ENDING)
          .ifPresent(member -> gone(member, gone, now));
    }
  }

  private void gone(Member member, Node node, Instant now) {
    fleet.remove(member.key());
    stalls.forget(member.key());
    boolean warned = member.warned() != null;
    boolean up = member.state() != NodeState.STARTING;
    // with a warning it wrote a checkpoint before it went
    bill.close(member.key(), now, warned ? Duration.ZERO : request.checkpointEvery());
    Placement placement = node.placement();
    boolean spot = placement != null && placement.market() == Market.SPOT;
    if (!warned && Budgets.early(Duration.between(node.launched(), now), up, spot)) {
      budgets.failedStart();
      pauses.launchUntil(now.plus(budgets.pauseAfterFailedStart()));
      LOG.warn("{} ended within seconds of its start", member.key());
    } else {
      budgets.interrupted();
      if (placement != null && spot) {
        // where one was taken back, the next soon would be
        shortages.note(placement.offering(), now);
      }
      LOG.info("{} is gone{}", member.key(), warned ? " as it was warned" : "");
    }
  }

  private void losses() {
    if (budgets.interruptionsSpent()) {
      throw failure(
          FailureType.CAPACITY_UNAVAILABLE,
          null,
          "nodes lost: "
              + budgets.counts().interruptions()
              + " (expected: at most "
              + request.interruptions()
              + ", training.compute.interruptions)");
    }
    if (budgets.startsSpent() && !fleet.someWork()) {
      throw failure(
          FailureType.CONFIG_INVALID,
          null,
          "training.compute: "
              + budgets.counts().failedStartsInRow()
              + " nodes in a row ended within seconds of their start (expected: to stay; the log"
              + " of "
              + request.run().runId()
              + "'s nodes says why: image, memory, or data that does not fit)");
    }
  }

  /** Null unless it ends the pool. */
  private @Nullable ApplicationFailure launch(String key, Promise<Node> answer, Instant now) {
    LaunchRequest order = fleet.member(key).map(Member::order).orElse(null);
    if (order == null) {
      return null;
    }
    try {
      launched(order, answer.get(), now);
      return null;
    } catch (TemporalFailure e) {
      FailureType type = Failures.typeOf(e).orElse(null);
      if (type != null && !type.retryable()) {
        fleet.remove(key);
        return failure(type, e, Failures.sentence(e));
      }
      boolean none = type == FailureType.CAPACITY_UNAVAILABLE;
      if (none) {
        // a clear no: the next order may name other places. Anything else may have been a yes.
        fleet.remove(key);
        shortage(e, order.order(), now);
      }
      Order bought = order.order();
      boolean more =
          none
              && buying != null
              && bought != null
              && bought.market() == Market.SPOT
              && !buying.near(now);
      budgets.refused(!more);
      pauses.launchUntil(now.plus(budgets.pauseAfterRefusal()));
      LOG.info("{} is not to be had: {}", key, Failures.sentence(e));
      if (budgets.refusalsSpent() && fleet.watched().isEmpty()) {
        return failure(
            type == null ? FailureType.CAPACITY_UNAVAILABLE : type, e, Failures.sentence(e));
      }
      return null;
    }
  }

  private void launched(LaunchRequest order, Node node, Instant now) {
    fleet.launched(order.key(), node);
    bill.open(node, started, now);
    budgets.filled();
    Placement placement = node.placement();
    if (placement != null) {
      shortages.had(placement.offering());
      if (buying != null) {
        buying.filled(placement.market());
      }
    }
  }

  private void shortage(TemporalFailure failure, @Nullable Order order, Instant now) {
    if (buying != null && order != null) {
      buying.refused(order.market());
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ApplicationFailure ours && ours.getDetails().getSize() > 0) {
        for (Offering offering : ours.getDetails().get(0, Shortage.class).offerings()) {
          shortages.note(offering, now);
        }
        return;
      }
    }
  }

  private ApplicationFailure failure(FailureType type, @Nullable Throwable cause, String sentence) {
    return Failures.of(type, cause, sentence, bill.costs());
  }
}
