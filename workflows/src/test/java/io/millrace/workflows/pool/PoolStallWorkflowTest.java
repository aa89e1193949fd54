package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that live and get nowhere. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolStallWorkflowTest extends PoolScene {
  @Test
  void nodeThatDoesNoStep_manyTimesAsLongAsUsual_isReplaced() {
    price(BIG_A, 0.36, 1.0);
    ComputePool pool = started(request(2));
    List<Node> nodes = alive(2);
    Node stuck = nodes.get(0);
    Node good = nodes.get(1);
    long step = 0;
    for (int i = 0; i < 4; i++, step += 500) {
      moved(pool, stuck, step);
      moved(pool, good, step);
      bed.environment.sleep(Duration.ofMinutes(2));
    }
    // two minutes are usual, twenty are the limit; the last step of the stuck one is 2 min old
    for (int i = 0; i < 8; i++, step += 500) {
      moved(pool, good, step);
      bed.environment.sleep(Duration.ofMinutes(2));
    }
    assertThat(bed.compute.alive()).containsExactly(stuck, good);

    moved(pool, good, step);
    bed.environment.sleep(Duration.ofMinutes(3));

    assertThat(bed.compute.alive()).hasSize(2).contains(good).doesNotContain(stuck);
    assertThat(launches()).hasSize(3);
    assertThat(pool.status().counts().interruptions()).isEqualTo(1);
    Costs costs = released(pool).costs();
    assertThat(costs.lostSeconds()).isBetween(1200.0, 1270.0);
  }

  @Test
  void nodeOfSlowSteps_isMeasuredByItsOwnMedian() {
    ComputePool pool = started(request(1));
    Node slow = alive(1).getFirst();
    for (long step = 1; step <= 5; step++) {
      moved(pool, slow, step);
      bed.environment.sleep(Duration.ofMinutes(40));
    }
    bed.environment.sleep(Duration.ofHours(5));
    assertThat(bed.compute.alive()).containsExactly(slow);
    bed.environment.sleep(Duration.ofHours(1).plusMinutes(5));
    assertThat(bed.compute.alive()).hasSize(1).doesNotContain(slow);
  }

  @Test
  void nodeThatTellsOfNoStep_readsOrPackagesOrHasNoWork_andStays() {
    ComputePool pool = started(request(3));
    List<Node> nodes = alive(3);
    for (long step = 1; step <= 5; step++) {
      moved(pool, nodes.get(0), step);
      moved(pool, nodes.get(1), step);
      bed.environment.sleep(Duration.ofMinutes(2));
    }
    pool.reported(new NodeNews(nodes.get(0).key(), NodeState.BUSY, null));
    pool.reported(new NodeNews(nodes.get(1).key(), NodeState.IDLE, null));
    pool.reported(new NodeNews(nodes.get(2).key(), NodeState.BUSY, null));
    bed.environment.sleep(Duration.ofHours(6));

    assertThat(bed.compute.alive()).isEqualTo(nodes);
    assertThat(launches()).hasSize(3);
  }
}
