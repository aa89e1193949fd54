package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.port.compute.ComputeActivities.Orphan;
import io.millrace.workflows.port.compute.ComputeActivities.SweepRequest;
import io.temporal.testing.TestActivityEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What adapters keep whose nodes stand elsewhere and carry tags. */
abstract class TaggedComputeContract extends ComputeContract {
  /** The run that {@link #runEnded} says has ended. */
  protected static final String OVER = "over-1";

  protected static final RunEnded runEnded = OVER::equals;

  /** The adapter, whose cloud or engine does not answer. */
  protected abstract ComputeActivities unreachable() throws Exception;

  @Test
  void await_whileNobodyAnswers_saysNothing() throws Exception {
    Node node = launch(UUID.randomUUID().toString());
    TestActivityEnvironment environment = TestActivityEnvironment.newInstance();
    try {
      environment.registerActivitiesImplementations(unreachable());
      ComputeActivities blind = environment.newActivityStub(ComputeActivities.class);
      assertThat(blind.await(new AwaitRequest(List.of(node), Duration.ofSeconds(3))).ended())
          .isEmpty();
    } finally {
      environment.close();
    }
  }

  @Test
  void await_ofManyNodes_returnsTheOneThatEnded() throws Exception {
    Node gone = launch(UUID.randomUUID().toString());
    Node stays = launch(UUID.randomUUID().toString());
    kill(gone);
    assertThat(
            compute().await(new AwaitRequest(List.of(stays, gone), Duration.ofMinutes(1))).ended())
        .containsExactly(gone);
  }

  @Test
  void sweep_endsNodesOfEndedRunsAndThoseWhoseTimeIsOver_andLeavesLiveOnes() {
    Node live = launch(UUID.randomUUID().toString());
    Node orphan = launch(request(OVER, UUID.randomUUID().toString(), order()));
    Order brief =
        new Order(Market.SPOT, List.of("m5.large"), List.of(), List.of(), Duration.ofMillis(1));
    Node expired = launch(request("sample-1", UUID.randomUUID().toString(), brief));
    SweepRequest dry = new SweepRequest(List.of(kind()), true);
    assertThat(compute().sweep(dry).orphans())
        .extracting(Orphan::node)
        .contains(orphan, expired)
        .doesNotContain(live);
    assertThat(compute().sweep(new SweepRequest(List.of("mainframe"), false)).orphans()).isEmpty();
    assertThat(compute().await(new AwaitRequest(List.of(orphan), Duration.ZERO)).ended()).isEmpty();

    assertThat(compute().sweep(new SweepRequest(List.of(kind()), false)).orphans())
        .filteredOn(one -> one.node().equals(orphan) || one.node().equals(expired))
        .extracting(Orphan::reason)
        .hasSize(2)
        .anyMatch(reason -> reason.equals("its run " + OVER + " has ended"))
        .anyMatch(reason -> reason.startsWith("its time to live was over at "));
    assertThat(compute().await(new AwaitRequest(List.of(orphan, expired), Duration.ZERO)).ended())
        .containsExactlyInAnyOrder(orphan, expired);
    assertThat(compute().await(new AwaitRequest(List.of(live), Duration.ZERO)).ended()).isEmpty();
  }
}
