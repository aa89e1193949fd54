package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Orphan;
import io.millrace.workflows.port.compute.ComputeActivities.PriceRequest;
import io.millrace.workflows.port.compute.ComputeActivities.SweepRequest;
import io.millrace.workflows.port.compute.FakeCompute;
import io.millrace.workflows.ref.RunRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComputeKindsTest {
  private final FakeCompute local = new FakeCompute();
  private final FakeCompute docker = new FakeCompute();
  private final ComputeKinds kinds =
      new ComputeKinds(
          Map.of("local", local, "docker", docker),
          Map.of("ec2", "MILLRACE_EC2_PROFILE names an instance profile"));

  private static LaunchRequest request(String kind) {
    return new LaunchRequest(
        new RunRef("credit-1", "credit", null), "key-" + kind, "queue", kind, 1, null, null, null);
  }

  @Test
  void calls_goToTheAdapterOfTheirKind() {
    Node node = kinds.launch(request("docker"));
    kinds.prices(new PriceRequest("local", List.of(), List.of()));
    kinds.terminate(node);

    assertThat(docker.calls("launch")).hasSize(1);
    assertThat(docker.calls("terminate")).containsExactly(node);
    assertThat(local.calls("launch")).isEmpty();
    assertThat(local.calls("prices")).hasSize(1);
  }

  @Test
  void launch_ofAKindThatIsNotConfigured_saysWhatToSet() {
    assertThatThrownBy(() -> kinds.launch(request("ec2")))
        .hasMessageContaining(
            "training.compute.kind: ec2 (expected: one of docker, local; this worker has ec2 when"
                + " MILLRACE_EC2_PROFILE names an instance profile)")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  @Test
  void launch_ofAnUnknownKind_namesThoseThereAre() {
    assertThatThrownBy(() -> kinds.launch(request("mainframe")))
        .hasMessageContaining("training.compute.kind: mainframe (expected: one of docker, local)");
  }

  @Test
  void await_ofNodesOfTwoKinds_isADefect() {
    List<Node> mixed = List.of(kinds.launch(request("docker")), kinds.launch(request("local")));

    assertThatThrownBy(() -> kinds.await(new AwaitRequest(mixed, Duration.ofSeconds(1))))
        .hasMessageContaining("nodes: of kinds [docker, local] (expected: of one kind)");
  }

  @Test
  void sweep_ofNoKinds_isOfAllThereAre() {
    Node lost = new Node("k", "i-1", "docker", Instant.EPOCH, null);
    docker.orphan(new Orphan(lost, "credit-1", "its run has ended"));

    assertThat(kinds.sweep(new SweepRequest(List.of(), true)).orphans()).hasSize(1);
    assertThat(kinds.sweep(new SweepRequest(List.of("local", "ec2"), true)).orphans()).isEmpty();
    assertThat(local.calls("sweep", SweepRequest.class))
        .containsExactly(
            new SweepRequest(List.of("local"), true), new SweepRequest(List.of("local"), true));
  }
}
