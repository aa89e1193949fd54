package io.millrace.workflows.pool;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.RunRef;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps N nodes alive for a run: buys them where there is capacity, replaces those that are leaving
 * before they are gone, ends what has no work, accounts for the cost, and ends them all.
 *
 * <p>It fails with {@code CAPACITY_UNAVAILABLE} when more nodes were lost than the run allows or
 * none is to be had, with {@code CONFIG_INVALID} when nodes end within seconds of their start again
 * and again or an order can never be filled, and with the cloud's own failure when that does not
 * answer; the first detail of each is its {@link Costs}.
 */
@WorkflowInterface
public interface ComputePool {
  /** Name of the signal, with a {@link Spent}, that tells its parent of a budget that is spent. */
  String SPENT = "spent";

  @WorkflowMethod
  PoolOutcome run(PoolRequest request);

  @QueryMethod
  PoolStatus status();

  /** Ends every node and the workflow. */
  @SignalMethod
  void release();

  /** A node's machine is about to be taken away; sent by the node, perhaps twice. */
  @SignalMethod
  void warned(NodeWarning warning);

  /** How much work is left; sent by the run. Idle nodes that it does not need are ended. */
  @SignalMethod
  void need(Need need);

  /**
   * What a node does; sent by the node when it changes, and now and then while steps are done. The
   * first says that it is up.
   */
  @SignalMethod
  void reported(NodeNews news);

  /**
   * @param node its key
   * @param at when the machine goes; null when it was not said
   */
  record NodeWarning(String node, Warning kind, @Nullable Instant at) {}

  /** What the metadata service says (EC2 user guide, "Spot Instance interruption notices"). */
  enum Warning {
    /** Interruption in two minutes. */
    NOTICE,
    /** Raised risk of one. */
    REBALANCE
  }

  /**
   * @param trials that run, wait, or may still be asked for; >= 0
   */
  record Need(int trials) {}

  /** What a node does, as it says itself. */
  enum NodeState {
    /** It has said nothing yet. */
    STARTING,
    IDLE,
    BUSY
  }

  /**
   * @param node its key
   * @param step updates its trial has done, told every few minutes while it trains; null while it
   *     does something else, and from nodes that do not tell
   */
  record NodeNews(String node, NodeState state, @Nullable Long step) {}

  /**
   * The sweep's money is spent.
   *
   * @param cost US dollars so far
   * @param budget US dollars, {@code training.budget.cost}
   */
  record Spent(double cost, double budget) {
    /** {@code training.budget.cost: 25.10 of 25.00 USD are spent}. */
    public String sentence() {
      return String.format(
          Locale.ROOT, "training.budget.cost: %.2f of %.2f USD are spent", cost, budget);
    }
  }

  /**
   * @param interruptions lost nodes after which the pool gives up with {@code CAPACITY_UNAVAILABLE}
   * @param image what nodes start from; null for the settings' own
   * @param memoryMegabytes limit of a container; null for none
   * @param purchase what may be bought; null for kinds without a market
   * @param cost US dollars after which the run is told to stop; null for no limit
   * @param checkpointEvery what a node that vanishes may have lost of its work, at most
   * @param carried what it knew when it continued as new; null at its start
   * @param stalledAfter how many times the usual time a node may go without a step before it is
   *     replaced; 0 for never, null for the default
   */
  record PoolRequest(
      RunRef run,
      String taskQueue,
      String kind,
      int nodes,
      int threads,
      int interruptions,
      @Nullable String image,
      @Nullable Integer memoryMegabytes,
      @Nullable Purchase purchase,
      @Nullable Double cost,
      Duration checkpointEvery,
      @Nullable Carried carried,
      @Nullable Integer stalledAfter) {
    PoolRequest carrying(Carried state) {
      return new PoolRequest(
          run,
          taskQueue,
          kind,
          nodes,
          threads,
          interruptions,
          image,
          memoryMegabytes,
          purchase,
          cost,
          checkpointEvery,
          state,
          stalledAfter);
    }
  }

  /**
   * What may be bought.
   *
   * @param types instance types that will do, or what they must have ({@code gpu-memory>=16GB}); at
   *     least one
   * @param zones availability zones that will do; empty for any
   * @param onDemandBy time after the pool's start from which nodes are bought on demand
   * @param timeToLive time after the pool's start at which its nodes end themselves
   */
  record Purchase(
      List<String> types, List<String> zones, Duration onDemandBy, Duration timeToLive) {
    public Purchase {
      types = Checks.list(types);
      zones = Checks.list(zones);
    }
  }

  /**
   * What a pool knows.
   *
   * @param launched nodes asked for so far; part of the next one's key
   * @param need as last told; null when it was not
   * @param told when the run was told that its money is spent; null before
   * @param stalls steps that nodes told of; null from a pool that did not look
   */
  record Carried(
      Instant started,
      List<Member> members,
      int launched,
      @Nullable Integer need,
      @Nullable Instant told,
      Counts counts,
      Buying.State buying,
      List<Shortages.Seen> shortages,
      Bill.State bill,
      Stalls.@Nullable State stalls) {
    public Carried {
      members = Checks.list(members);
      shortages = Checks.list(shortages);
    }
  }

  /**
   * @param target how many nodes it wants now
   * @param sentence for people
   * @param budget US dollars it may spend; null for no limit
   */
  record PoolStatus(
      List<Member> members,
      int target,
      Counts counts,
      Costs costs,
      String sentence,
      @Nullable Double budget) {
    public PoolStatus {
      members = Checks.list(members);
    }
  }

  /** Why a pool ended well. */
  enum Ended {
    RELEASED,
    /** {@code training.budget.cost} is spent and the run did not release the pool in time. */
    BUDGET_SPENT
  }

  /**
   * @param launched nodes asked for
   */
  record PoolOutcome(Ended ended, int launched, Counts counts, Costs costs) {}
}
