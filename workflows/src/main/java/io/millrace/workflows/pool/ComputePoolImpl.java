package io.millrace.workflows.pool;

import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import io.millrace.workflows.port.compute.ComputeActivities.PriceRequest;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One loop: take in what was answered, do what follows, wait for news or for the next thing that
 * time brings. Whatever ends it, every node it asked for is ended first, in a scope that a
 * cancellation does not reach.
 */
public final class ComputePoolImpl implements ComputePool {
  private static final Logger LOG = Workflow.getLogger(ComputePoolImpl.class);

  /** A replacement boots meanwhile; a warned node that is still there then is not taken away. */
  static final Duration LEAVES_WITHIN = Duration.ofMinutes(5);

  /** The run packages what it has and releases the pool; then the money counts more. */
  static final Duration RELEASES_WITHIN = Duration.ofMinutes(10);

  /** Spot prices move over hours. */
  private static final Duration PRICES_EVERY = Duration.ofHours(1);

  /** Nothing is due, and all the same the cost is read. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final PoolRequest request;
  private final String incarnation;
  private final Instant started;
  private final Fleet fleet;
  private final Budgets budgets;
  private final Shortages shortages;
  private final @Nullable Buying buying;
  private final Bill bill;
  private final Answers answers;
  private final Calls calls = new Calls();
  private final Pauses pauses = new Pauses();
  private int launched;
  private @Nullable Integer need;
  private @Nullable Instant told;
  private boolean released;
  private boolean news;

  @WorkflowInit
  public ComputePoolImpl(PoolRequest request) {
    this.request = request;
    // a second pool of the same run has nodes of its own
    incarnation = Workflow.getInfo().getFirstExecutionRunId().substring(0, 8);
    Carried carried = request.carried();
    if (carried == null) {
      carried =
          new Carried(
              WorkflowTime.now(),
              List.of(),
              0,
              null,
              null,
              Counts.NONE,
              Buying.State.FRESH,
              List.of(),
              Bill.State.EMPTY);
    }
    started = carried.started();
    launched = carried.launched();
    need = carried.need();
    told = carried.told();
    fleet = new Fleet(carried.members());
    budgets = new Budgets(request.interruptions(), carried.counts());
    shortages = new Shortages(carried.shortages());
    Purchase purchase = request.purchase();
    buying = purchase == null ? null : new Buying(purchase, started, carried.buying());
    bill = new Bill(carried.bill());
    answers = new Answers(request, started, fleet, budgets, shortages, buying, bill, calls, pauses);
  }

  @Override
  public PoolOutcome run(PoolRequest ignored) {
    boolean again = false;
    Ended ended = Ended.RELEASED;
    try {
      again = keep();
      if (!again && !released) {
        ended = Ended.BUDGET_SPENT;
      }
    } finally {
      if (!again) {
        Workflow.newDetachedCancellationScope(this::endAll).run();
      }
    }
    Workflow.await(Workflow::isEveryHandlerFinished);
    if (again) {
      calls.unwatch();
      Workflow.continueAsNew(request.carrying(carried()));
    }
    return new PoolOutcome(ended, launched, budgets.counts(), bill.costs());
  }

  /** True when it should go on in a new run, false when it is over. */
  private boolean keep() {
    while (true) {
      Instant now = WorkflowTime.now();
      news = false;
      if (released) {
        return false;
      }
      answers.take(now);
      if (told != null && !now.isBefore(told.plus(RELEASES_WITHIN))) {
        return false;
      }
      if (Workflow.getInfo().isContinueAsNewSuggested()) {
        return true;
      }
      end(now);
      order(now);
      watch(now);
      money(now);
      Workflow.setCurrentDetails(Sentences.details(status()));
      Workflow.await(untilDue(now), () -> released || news || calls.answered());
    }
  }

  private int target() {
    return need == null ? request.nodes() : Math.min(request.nodes(), need);
  }

  /** What is not needed, and what was warned and replaced. */
  private void end(Instant now) {
    for (Member idle : fleet.surplus(target())) {
      LOG.info("{} has no work: ending it", idle.key());
      fleet.ending(idle.key());
    }
    for (Member overdue : fleet.overdue(target(), LEAVES_WITHIN, now)) {
      LOG.info("{} was warned and is replaced: ending it", overdue.key());
      budgets.interrupted();
      fleet.ending(overdue.key());
    }
    for (Member ending : fleet.in(Phase.ENDING)) {
      Node node = ending.node();
      if (node != null && !calls.ending(ending.key()) && !now.isBefore(pauses.ending())) {
        calls.end(node);
      }
    }
  }

  private void order(Instant now) {
    if (now.isBefore(pauses.launch())) {
      return;
    }
    for (Member asked : fleet.in(Phase.ASKED)) {
      // an order whose outcome is unknown is repeated: its key makes it the same node
      if (!calls.launching(asked.key())) {
        calls.launch(asked.order());
      }
    }
    for (int missing = fleet.missing(target()); missing > 0; missing--) {
      String key = request.run().runId() + "-" + incarnation + "-" + ++launched;
      LaunchRequest order =
          new LaunchRequest(
              request.run(),
              key,
              request.taskQueue(),
              request.kind(),
              request.threads(),
              buying == null ? null : buying.order(now, shortages.avoid(now)),
              request.image(),
              request.memoryMegabytes());
      fleet.ask(order);
      calls.launch(order);
    }
  }

  private void watch(Instant now) {
    if (!now.isBefore(pauses.watch())) {
      calls.watch(fleet.watched(), now);
    }
  }

  private void money(Instant now) {
    Purchase purchase = request.purchase();
    if (purchase != null && !calls.asking() && !now.isBefore(pauses.prices())) {
      pauses.pricesUntil(now.plus(PRICES_EVERY));
      calls.askPrices(new PriceRequest(request.kind(), purchase.types(), purchase.zones()));
    }
    Double budget = request.cost();
    if (budget != null && told == null && bill.costs().total() >= budget) {
      told = now;
      tell(new Spent(bill.costs().total(), budget));
    }
  }

  /** The run stops the sweep and keeps what it has; this pool lives on until it is released. */
  private static void tell(Spent spent) {
    Workflow.getInfo()
        .getParentWorkflowId()
        .ifPresent(
            parent -> {
              try {
                Workflow.newUntypedExternalWorkflowStub(parent).signal(SPENT, spent);
              } catch (SignalExternalWorkflowException gone) {
                LOG.warn("{} was not told that its money is spent: {}", parent, gone.getMessage());
              }
            });
  }

  private Duration untilDue(Instant now) {
    Instant next = now.plus(LONGEST_WAIT);
    boolean waiting =
        fleet.missing(target()) > 0
            || fleet.in(Phase.ASKED).stream().anyMatch(m -> !calls.launching(m.key()));
    List<@Nullable Instant> due = new ArrayList<>();
    due.add(waiting ? pauses.launch() : null);
    due.add(waiting && buying != null ? buying.nearFrom() : null);
    due.add(fleet.nextDue(LEAVES_WITHIN));
    due.add(fleet.in(Phase.ENDING).isEmpty() ? null : pauses.ending());
    due.add(pauses.watch());
    due.add(request.purchase() == null ? null : pauses.prices());
    due.add(told == null ? null : told.plus(RELEASES_WITHIN));
    Double budget = request.cost();
    due.add(budget == null || told != null ? null : bill.until(budget).map(now::plus).orElse(null));
    for (Instant instant : due) {
      if (instant != null && instant.isAfter(now) && instant.isBefore(next)) {
        next = instant;
      }
    }
    Duration wait = Duration.between(now, next);
    // several things are due one after the other, not in a hot circle
    return wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait;
  }

  private void endAll() {
    LastCall.endAll(fleet, answers, calls, bill);
    Workflow.setCurrentDetails(Sentences.details(status()));
  }

  private Carried carried() {
    return new Carried(
        started,
        fleet.members(),
        launched,
        need,
        told,
        budgets.counts(),
        buying == null ? Buying.State.FRESH : buying.state(),
        shortages.known(),
        bill.state());
  }

  @Override
  public PoolStatus status() {
    return Sentences.status(
        fleet, target(), budgets.counts(), bill.costs(), buying, request.cost());
  }

  @Override
  public void warned(NodeWarning warning) {
    if (fleet.warned(warning.node(), WorkflowTime.now())) {
      LOG.info("{} was warned: {}", warning.node(), warning.kind());
      Member member = fleet.member(warning.node()).orElse(null);
      Node node = member == null ? null : member.node();
      Placement placement = node == null ? null : node.placement();
      if (placement != null) {
        shortages.note(placement.offering(), WorkflowTime.now());
      }
      news = true;
    }
  }

  @Override
  public void reported(NodeNews said) {
    fleet.reported(said.node(), said.state());
    news = true;
  }

  @Override
  public void need(Need left) {
    need = Math.max(0, left.trials());
    news = true;
  }

  @Override
  public void release() {
    released = true;
  }
}
