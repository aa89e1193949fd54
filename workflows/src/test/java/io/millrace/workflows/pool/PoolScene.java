package io.millrace.workflows.pool;

import io.millrace.workflows.TestBed;
import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.PoolOutcome;
import io.millrace.workflows.pool.ComputePool.PoolRequest;
import io.millrace.workflows.pool.ComputePool.Purchase;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.ref.RunRef;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A pool on a market of two types and two zones; hours pass in milliseconds. */
abstract class PoolScene {
  static final String RUN = "credit-1";
  static final Duration DEADLINE = Duration.ofHours(4);
  static final Offering BIG_A = new Offering("big", "zone-a");
  static final Offering BIG_B = new Offering("big", "zone-b");
  static final Offering SMALL_A = new Offering("small", "zone-a");
  static final Offering SMALL_B = new Offering("small", "zone-b");
  static final Offering[] ALL = {BIG_A, BIG_B, SMALL_A, SMALL_B};

  final TestBed bed = new TestBed();

  @BeforeEach
  void sell() {
    bed.compute.sellAt(this::now);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  PoolRequest request(int nodes) {
    return request(nodes, 10, null);
  }

  static PoolRequest request(int nodes, int interruptions, @Nullable Double cost) {
    return new PoolRequest(
        new RunRef(RUN, "credit", null),
        "pool:" + RUN,
        "ec2",
        nodes,
        1,
        interruptions,
        null,
        null,
        new Purchase(List.of("big", "small"), List.of(), DEADLINE, Duration.ofHours(9)),
        cost,
        Duration.ofSeconds(30),
        null,
        null);
  }

  static LaunchRequest launch(String key) {
    return new LaunchRequest(
        new RunRef(RUN, "credit", null),
        key,
        "pool:" + RUN,
        "ec2",
        1,
        new Order(Market.SPOT, List.of("big", "small"), List.of(), List.of(), Duration.ofHours(9)),
        null,
        null);
  }

  ComputePool started(PoolRequest request) {
    ComputePool pool =
        bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:" + RUN));
    WorkflowClient.start(pool::run, request);
    return pool;
  }

  PoolOutcome released(ComputePool pool) {
    pool.release();
    return outcome(pool);
  }

  static PoolOutcome outcome(ComputePool pool) {
    return WorkflowStub.fromTyped(pool).getResult(PoolOutcome.class);
  }

  List<Node> alive(int nodes) {
    bed.until(() -> bed.compute.alive().size() == nodes, nodes + " nodes");
    return bed.compute.alive();
  }

  /** The node works, and is lost a minute later. */
  void lose(ComputePool pool, Node node) {
    int before = pool.status().counts().interruptions();
    up(pool, node);
    bed.environment.sleep(Duration.ofMinutes(1));
    bed.compute.lose(node);
    bed.until(() -> pool.status().counts().interruptions() == before + 1, "the loss");
    bed.until(() -> !bed.compute.alive().isEmpty(), "the replacement");
  }

  void up(ComputePool pool, Node node) {
    bed.until(
        () -> pool.status().members().stream().anyMatch(m -> node.equals(m.node())),
        "the pool to know its node");
    pool.reported(new NodeNews(node.key(), NodeState.BUSY, null));
  }

  static void moved(ComputePool pool, Node node, long step) {
    pool.reported(new NodeNews(node.key(), NodeState.BUSY, step));
  }

  void price(Offering offering, double spot, double onDemand) {
    bed.compute.price(offering, Market.SPOT, spot);
    bed.compute.price(offering, Market.ON_DEMAND, onDemand);
  }

  List<LaunchRequest> launches() {
    return bed.compute.calls("launch", LaunchRequest.class);
  }

  static Market market(LaunchRequest launch) {
    return launch.order().market();
  }

  Instant now() {
    return Instant.ofEpochMilli(bed.environment.currentTimeMillis());
  }
}
