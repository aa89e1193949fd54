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
  private final Stalls stalls;
  private final Answers answers;
  private final Endings endings;
  private final Calls calls = new Calls();
  private final Pauses pauses = new Pauses();
  private int launched;
  private @Nullable Integer need;
  private @Nullable Instant told;
  private boolean released;
  private boolean news;
  private boolean watchedToTheEnd;

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
              Bill.State.EMPTY,
              null);
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
    stalls = new Stalls(request.stalledAfter(), carried.stalls());
    answers =
        new Answers(
            request, started, fleet, budgets, shortages, buying, bill, stalls, calls, pauses);
    endings = new Endings(fleet, stalls, budgets, calls, pauses);
  }

  @Override
  public PoolOutcome run(PoolRequest ignored) {
    // version 1 waits for its watches; to be removed when no pool is older than it
    watchedToTheEnd = Workflow.getVersion("watched-to-the-end", Workflow.DEFAULT_VERSION, 1) >= 1;
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
      endings.end(target(), now);
      order(now);
      watch(now);
      money(now);
      Workflow.setCurrentDetails(Sentences.details(status()));
      Instant next = nextDue(now);
      Workflow.await(Duration.between(now, next), () -> released || news || calls.answered());
      stalls.woke(next, WorkflowTime.now());
    }
  }

  private int target() {
    return need == null ? request.nodes() : Math.min(request.nodes(), need);
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
      calls.watch(fleet.watched(), now, !watchedToTheEnd);
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

  private Instant nextDue(Instant now) {
    Instant next = now.plus(LONGEST_WAIT);
    boolean waiting =
        fleet.missing(target()) > 0
            || fleet.in(Phase.ASKED).stream().anyMatch(m -> !calls.launching(m.key()));
    List<@Nullable Instant> due = new ArrayList<>();
    due.add(waiting ? pauses.launch() : null);
    due.add(waiting && buying != null ? buying.nearFrom() : null);
    due.add(fleet.nextDue(Endings.LEAVES_WITHIN));
    due.add(fleet.in(Phase.ENDING).isEmpty() ? null : pauses.ending());
    fleet.in(Phase.STAYING).forEach(member -> due.add(stalls.due(member.key())));
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
    // several things are due one after the other, not in a hot circle
    Instant soonest = now.plusSeconds(1);
    return next.isBefore(soonest) ? soonest : next;
  }

  private void endAll() {
    LastCall.endAll(fleet, answers, calls, bill, watchedToTheEnd);
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
        bill.state(),
        stalls.state());
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
    Long step = said.step();
    if (step == null) {
      stalls.forget(said.node());
    } else if (fleet.member(said.node()).isPresent()) {
      stalls.moved(said.node(), step, WorkflowTime.now());
    }
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
