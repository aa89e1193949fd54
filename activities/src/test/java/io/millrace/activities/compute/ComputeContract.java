package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.ref.RunRef;
import io.temporal.testing.TestActivityEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every adapter of {@link ComputeActivities} keeps; nodes poll no queue here. */
abstract class ComputeContract {
  private final List<Node> launched = new ArrayList<>();
  private TestActivityEnvironment environment;
  private ComputeActivities compute;

  /** The adapter; called again it is another process's view of the same nodes. */
  protected abstract ComputeActivities adapter() throws Exception;

  /** The adapter's kind of node. */
  protected abstract String kind();

  /** Makes a node vanish without asking it. */
  protected abstract void kill(Node node) throws Exception;

  /** What is bought; null for kinds without a market. */
  protected Order order() {
    return null;
  }

  @BeforeEach
  void open() throws Exception {
    environment = TestActivityEnvironment.newInstance();
    environment.registerActivitiesImplementations(adapter());
    compute = environment.newActivityStub(ComputeActivities.class);
  }

  @AfterEach
  void close() {
    launched.forEach(compute::terminate);
    environment.close();
  }

  @Test
  void launch_twiceWithOneKey_isOneNode() throws Exception {
    String key = UUID.randomUUID().toString();
    Node first = launch(key);
    assertThat(launch(key)).isEqualTo(first);
    assertThat(adapter().launch(request(key))).isEqualTo(first);
    assertThat(launch(UUID.randomUUID().toString()).id()).isNotEqualTo(first.id());
  }

  @Test
  void await_whileAllRun_returnsNoneAfterItsTime() {
    Node node = launch(UUID.randomUUID().toString());
    assertThat(compute.await(new AwaitRequest(List.of(node), Duration.ofMillis(300))).ended())
        .isEmpty();
  }

  @Test
  void await_returnsTheNodeThatVanished() throws Exception {
    Node stays = launch(UUID.randomUUID().toString());
    Node vanishes = launch(UUID.randomUUID().toString());
    kill(vanishes);
    assertThat(
            compute
                .await(new AwaitRequest(List.of(stays, vanishes), Duration.ofMinutes(1)))
                .ended())
        .containsExactly(vanishes);
    // its key is used up: the pool must hear of the loss, not be given a new node silently
    assertThat(launch(vanishes.key())).isEqualTo(vanishes);
  }

  @Test
  void terminate_endsTheNode_andOneThatIsGoneIsSuccess() {
    Node node = launch(UUID.randomUUID().toString());
    compute.terminate(node);
    assertThat(compute.await(new AwaitRequest(List.of(node), Duration.ofMinutes(1))).ended())
        .containsExactly(node);
    compute.terminate(node);
  }

  @Test
  void launch_ofAnotherKind_isConfigInvalid() {
    assertThatThrownBy(
            () ->
                compute.launch(
                    new LaunchRequest(
                        new RunRef("sample-1", "sample", null),
                        "k",
                        "q",
                        "mainframe",
                        1,
                        null,
                        null,
                        null)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasStackTraceContaining("training.compute.kind: mainframe (expected: " + kind() + ")");
  }

  /** The adapter as the workflow sees it. */
  protected ComputeActivities compute() {
    return compute;
  }

  protected Node launch(String key) {
    return launch(request(key));
  }

  protected Node launch(LaunchRequest request) {
    Node node = compute.launch(request);
    launched.add(node);
    return node;
  }

  protected LaunchRequest request(String key) {
    return request("sample-1", key, order());
  }

  protected LaunchRequest request(String run, String key, Order order) {
    return new LaunchRequest(
        new RunRef(run, "sample", null), key, "no-queue", kind(), 1, order, null, null);
  }
}
