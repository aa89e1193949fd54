package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pool.ComputePool.Carried;
import io.millrace.workflows.pool.ComputePool.Ended;
import io.millrace.workflows.pool.ComputePool.Need;
import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.NodeWarning;
import io.millrace.workflows.pool.ComputePool.PoolOutcome;
import io.millrace.workflows.pool.ComputePool.PoolRequest;
import io.millrace.workflows.pool.ComputePool.Warning;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.temporal.client.WorkflowFailedException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules of a pool. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ComputePoolWorkflowTest extends PoolScene {
  @Test
  void notice_isAnsweredByALaunch_beforeTheNodeIsGone() {
    ComputePool pool = started(request(1));
    Node first = alive(1).getFirst();
    up(pool, first);

    pool.warned(new NodeWarning(first.key(), Warning.NOTICE, now().plusSeconds(120)));
    bed.until(() -> bed.compute.alive().size() == 2, "the replacement");
    assertThat(bed.compute.alive()).contains(first);
    bed.compute.lose(first);
    bed.until(() -> pool.status().counts().interruptions() == 1, "the loss");

    assertThat(launches()).hasSize(2);
    assertThat(launches().get(1).order().avoid()).containsExactly(BIG_A);
    PoolOutcome outcome = released(pool);
    assertThat(outcome.ended()).isEqualTo(Ended.RELEASED);
    assertThat(outcome.costs().lostSeconds()).isZero();
  }

  @Test
  void notice_sentTwice_isOneReplacement() {
    ComputePool pool = started(request(1));
    Node first = alive(1).getFirst();

    pool.warned(new NodeWarning(first.key(), Warning.REBALANCE, null));
    pool.warned(new NodeWarning(first.key(), Warning.NOTICE, now().plusSeconds(120)));
    pool.warned(new NodeWarning("somebody-else", Warning.NOTICE, null));
    bed.until(() -> bed.compute.alive().size() == 2, "the replacement");
    bed.environment.sleep(Duration.ofMinutes(1));

    assertThat(launches()).hasSize(2);
  }

  @Test
  void rebalance_thatNothingFollows_leavesAsManyNodesAsWereAsked() {
    ComputePool pool = started(request(2));
    Node first = alive(2).getFirst();

    pool.warned(new NodeWarning(first.key(), Warning.REBALANCE, null));
    bed.until(() -> bed.compute.alive().size() == 3, "the replacement");
    bed.environment.sleep(Endings.LEAVES_WITHIN.minusMinutes(1));
    assertThat(bed.compute.alive()).hasSize(3);
    bed.environment.sleep(Duration.ofMinutes(2));

    assertThat(bed.compute.alive()).hasSize(2).doesNotContain(first);
    bed.environment.sleep(Duration.ofHours(1));
    assertThat(launches()).hasSize(3);
  }

  @Test
  void rebalance_whileNothingIsToBeHad_keepsTheWarnedNode() {
    ComputePool pool = started(request(1));
    Node first = alive(1).getFirst();
    up(pool, first);
    bed.compute.sellOut(Market.SPOT, ALL);

    pool.warned(new NodeWarning(first.key(), Warning.REBALANCE, null));
    bed.environment.sleep(Duration.ofMinutes(30));

    assertThat(bed.compute.alive()).containsExactly(first);
    bed.compute.restock();
    bed.environment.sleep(Duration.ofMinutes(11));
    assertThat(bed.compute.alive()).hasSize(1).doesNotContain(first);
  }

  @Test
  void shortage_isAvoidedByTheNextOrder_andForgottenLater() {
    bed.compute.sellOut(Market.SPOT, ALL);
    ComputePool pool = started(request(1));
    bed.until(() -> launches().size() >= 2, "a second order");
    assertThat(launches().get(0).order().avoid()).isEmpty();
    assertThat(launches().get(1).order().avoid()).containsExactlyInAnyOrder(ALL);

    bed.compute.restock();
    Node first = alive(1).getFirst();
    up(pool, first);
    bed.environment.sleep(Shortages.FADE.plusMinutes(1));
    bed.compute.lose(first);
    bed.until(() -> bed.compute.alive().size() == 1, "the replacement");

    assertThat(launches().getLast().order().avoid()).containsExactly(first.placement().offering());
    assertThat(pool.status().counts().interruptions()).isEqualTo(1);
  }

  @Test
  void interruptions_howeverMany_areNoReasonToBuyOnDemand() {
    ComputePool pool = started(request(1));
    for (int loss = 1; loss <= 5; loss++) {
      lose(pool, alive(1).getFirst());
    }

    assertThat(launches()).hasSize(6).allMatch(launch -> market(launch) == Market.SPOT);
  }

  @Test
  void deadline_isWhenReplacementsAreBoughtOnDemand() {
    ComputePool pool = started(request(1));
    Node spot = alive(1).getFirst();
    up(pool, spot);
    bed.environment.sleep(DEADLINE);
    assertThat(bed.compute.alive()).containsExactly(spot);

    bed.compute.lose(spot);
    bed.until(() -> launches().size() == 2, "the replacement");

    assertThat(market(launches().get(1))).isEqualTo(Market.ON_DEMAND);
  }

  @Test
  void spotSoldOutEverywhere_waitsUntilTheDeadlineIsNear_thenBuysOnDemand() {
    bed.compute.sellOut(Market.SPOT, ALL);
    ComputePool pool = started(request(1));
    bed.environment.sleep(DEADLINE.multipliedBy(3).dividedBy(4).minusMinutes(1));
    assertThat(bed.compute.alive()).isEmpty();
    assertThat(pool.status().sentence()).startsWith("0 of 1 nodes");
    bed.environment.sleep(Duration.ofMinutes(8));

    assertThat(bed.compute.alive()).hasSize(1);
    assertThat(bed.compute.alive().getFirst().placement().market()).isEqualTo(Market.ON_DEMAND);
    assertThat(launches()).filteredOn(launch -> market(launch) == Market.ON_DEMAND).hasSize(1);
  }

  @Test
  void nothingToBeHadInEitherMarket_endsWithWhatItTried() {
    bed.compute.sellOut(Market.SPOT, ALL);
    bed.compute.sellOut(Market.ON_DEMAND, ALL);
    ComputePool pool = started(request(1));

    assertThatThrownBy(() -> outcome(pool))
        .isInstanceOf(WorkflowFailedException.class)
        .satisfies(
            e -> {
              assertThat(Failures.typeOf(e)).contains(FailureType.CAPACITY_UNAVAILABLE);
              assertThat(Failures.sentence(e))
                  .isEqualTo("4 offerings: no capacity (expected: some)");
            });
    assertThat(launches()).anyMatch(launch -> market(launch) == Market.ON_DEMAND);
  }

  @Test
  void orderThatNoRetryMends_endsThePoolAtOnce() {
    bed.compute.fail(
        "launch", 1, FailureType.CONFIG_INVALID, "quota: 0 vCPUs (expected: at least 4)");
    ComputePool pool = started(request(1));

    assertThatThrownBy(() -> outcome(pool))
        .satisfies(
            e -> {
              assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID);
              assertThat(Failures.sentence(e)).isEqualTo("quota: 0 vCPUs (expected: at least 4)");
            });
    assertThat(launches()).hasSize(1);
  }

  @Test
  void nodesThatEndAtTheirStart_areTheImagesFault_notInterruptions() {
    ComputePool pool = started(request(1));
    for (int i = 0; i < Budgets.STARTS; i++) {
      bed.compute.lose(alive(1).getFirst());
      int failed = i + 1;
      if (failed < Budgets.STARTS) {
        bed.until(() -> pool.status().counts().failedStarts() == failed, "the loss");
        assertThat(pool.status().counts().interruptions()).isZero();
      }
    }

    assertThatThrownBy(() -> outcome(pool))
        .satisfies(
            e -> {
              assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID);
              assertThat(Failures.sentence(e))
                  .startsWith(
                      "training.compute: 3 nodes in a row ended within seconds of their start");
            });
    assertThat(launches()).hasSize(Budgets.STARTS);
  }

  @Test
  void interruptions_moreThanAllowed_endThePool() {
    ComputePool pool = started(request(1, 1, null));
    lose(pool, alive(1).getFirst());
    Node second = alive(1).getFirst();
    up(pool, second);
    bed.environment.sleep(Duration.ofMinutes(1));
    bed.compute.lose(second);

    assertThatThrownBy(() -> outcome(pool))
        .satisfies(
            e -> {
              assertThat(Failures.typeOf(e)).contains(FailureType.CAPACITY_UNAVAILABLE);
              assertThat(Failures.sentence(e))
                  .isEqualTo("nodes lost: 2 (expected: at most 1, training.compute.interruptions)");
            });
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void statusApi_downForHalfAnHour_relaunchesNothing() {
    ComputePool pool = started(request(2));
    List<Node> nodes = alive(2);
    bed.until(() -> !bed.compute.calls("await").isEmpty(), "a watch");

    bed.compute.breakDown("await", FailureType.AWS_UNAVAILABLE, "503");
    bed.environment.sleep(Duration.ofMinutes(30));
    assertThat(bed.compute.alive()).isEqualTo(nodes);
    assertThat(launches()).hasSize(2);

    bed.compute.mend("await");
    bed.compute.lose(nodes.getFirst());
    bed.until(() -> launches().size() == 3, "the replacement of the one that is gone");
    assertThat(pool.status().counts().failedStarts() + pool.status().counts().interruptions())
        .isEqualTo(1);
  }

  @Test
  void idleNodes_thatNoTrialNeeds_areEnded_andBusyOnesStay() {
    ComputePool pool = started(request(3));
    List<Node> nodes = alive(3);
    pool.reported(new NodeNews(nodes.get(0).key(), NodeState.IDLE, null));
    pool.reported(new NodeNews(nodes.get(1).key(), NodeState.BUSY, null));
    pool.reported(new NodeNews(nodes.get(2).key(), NodeState.BUSY, null));
    bed.environment.sleep(Duration.ofMinutes(1));
    assertThat(bed.compute.alive()).hasSize(3);

    pool.need(new Need(1));
    bed.until(() -> bed.compute.alive().size() == 2, "the idle node's end");
    bed.environment.sleep(Duration.ofMinutes(10));
    assertThat(bed.compute.alive()).containsExactly(nodes.get(1), nodes.get(2));

    pool.reported(new NodeNews(nodes.get(1).key(), NodeState.IDLE, null));
    bed.until(() -> bed.compute.alive().size() == 1, "the next idle node's end");
    pool.need(new Need(2));
    bed.until(() -> bed.compute.alive().size() == 2, "a node for more work");
    assertThat(launches()).hasSize(4);
  }

  @Test
  void costs_areHoursTimesPrices_withWhatSpotSavedAndWhatALossThrewAway() {
    price(BIG_A, 0.36, 1.0);
    price(BIG_B, 0.36, 1.0);
    ComputePool pool = started(request(1));
    Node first = alive(1).getFirst();
    up(pool, first);
    bed.environment.sleep(Duration.ofHours(2));
    bed.compute.lose(first);
    bed.until(() -> bed.compute.alive().size() == 1, "the replacement");
    up(pool, alive(1).getFirst());
    bed.environment.sleep(Duration.ofHours(1));

    Costs costs = released(pool).costs();

    assertThat(costs.nodeHours()).isCloseTo(3, within(0.2));
    assertThat(costs.spot()).isCloseTo(0.36 * costs.nodeHours(), within(1e-6));
    assertThat(costs.onDemand()).isZero();
    assertThat(costs.saved()).isCloseTo(0.64 * costs.nodeHours(), within(1e-6));
    assertThat(costs.lostSeconds()).isEqualTo(30);
    assertThat(costs.lost()).isCloseTo(0.36 * 30 / 3600, within(1e-9));
    assertThat(costs.unpricedHours()).isZero();
    assertThat(costs.hourly()).isZero();
    assertThat(bed.compute.calls("prices").size()).isBetween(3, 5);
  }

  @Test
  void money_thatIsSpent_endsAPoolThatNobodyReleases() {
    price(BIG_A, 0.5, 1.0);
    ComputePool pool = started(request(1, 10, 1.0));
    up(pool, alive(1).getFirst());

    PoolOutcome outcome = outcome(pool);

    assertThat(outcome.ended()).isEqualTo(Ended.BUDGET_SPENT);
    assertThat(outcome.costs().total()).isBetween(1.0, 1.0 + 0.5 * 11 / 60);
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void launchWhoseAnswerIsLost_isOneNode_andEndedAtTheEnd() {
    bed.compute.loseAnswers(true);
    ComputePool pool = started(request(1));
    bed.environment.sleep(Duration.ofMinutes(3));
    assertThat(bed.compute.alive()).hasSize(1);
    assertThat(pool.status().members())
        .singleElement()
        .satisfies(m -> assertThat(m.phase()).isEqualTo(Phase.ASKED));

    pool.release();
    bed.compute.loseAnswers(false);
    PoolOutcome outcome = outcome(pool);

    assertThat(outcome.launched()).isEqualTo(1);
    assertThat(launches()).extracting(LaunchRequest::key).containsOnly(launches().get(0).key());
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void endingThatFails_isTriedAgain() {
    ComputePool pool = started(request(1));
    Node only = alive(1).getFirst();
    bed.compute.fail("terminate", 8, FailureType.AWS_UNAVAILABLE, "503");

    assertThat(released(pool).ended()).isEqualTo(Ended.RELEASED);

    assertThat(bed.compute.alive()).doesNotContain(only);
    assertThat(bed.compute.calls("terminate")).hasSize(9);
  }

  @Test
  void continuedAsNew_keepsNodesCountsAndCosts_andAsksAgainForWhatWasUnderWay() {
    PoolRequest request = request(2);
    LaunchRequest there = launch("credit-1-old-7");
    LaunchRequest asked = launch("credit-1-old-8");
    Node node = bed.compute.launch(there);
    Carried carried =
        new Carried(
            now().minus(Duration.ofHours(5)),
            List.of(
                new Member(there, node, Phase.STAYING, NodeState.BUSY, null),
                new Member(asked, null, Phase.ASKED, NodeState.STARTING, null)),
            8,
            null,
            null,
            new Counts(3, 1, 0, 2, 0, 0),
            Buying.State.FRESH,
            List.of(),
            new Bill.State(new Costs(2, 0, 0, 0, 5, 0, 0, 0), List.of(), List.of()),
            new Stalls.State(
                List.of(new Stalls.Told(there.key(), 7, now().minusSeconds(60))),
                List.of(60.0, 60.0, 60.0)));

    ComputePool pool = started(request.carrying(carried));
    bed.until(() -> bed.compute.alive().size() == 2, "the node that was asked for");
    assertThat(launches()).extracting(LaunchRequest::key).containsExactly(there.key(), asked.key());
    lose(pool, node);
    bed.until(() -> launches().size() == 3, "a replacement");

    assertThat(launches().get(2).key()).endsWith("-9");
    assertThat(market(launches().get(2))).isEqualTo(Market.ON_DEMAND);
    PoolOutcome outcome = released(pool);
    assertThat(outcome.launched()).isEqualTo(9);
    assertThat(outcome.counts().interruptions()).isEqualTo(4);
    assertThat(outcome.costs().spot()).isEqualTo(2);
    assertThat(bed.compute.alive()).isEmpty();
  }
}
