package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ec2.model.Ec2Exception;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;

class Ec2WatchTest {
  private static final Node NODE = new Node("k", "i-1", "ec2", Instant.now(), null);

  /** Half an hour of looks at the usual pace. */
  private static final int HALF_AN_HOUR = 360;

  @Test
  void await_throughHalfAnHourOfOutage_endsNoNode_andHeartbeats() {
    AtomicInteger looks = new AtomicInteger();
    AtomicInteger beats = new AtomicInteger();
    assertThat(
            ended(
                ids ->
                    switch (looks.incrementAndGet()) {
                      case 1 -> List.of(instance(InstanceStateName.RUNNING));
                      case HALF_AN_HOUR -> List.of(instance(InstanceStateName.TERMINATED));
                      default -> throw failure(looks.get());
                    },
                beats))
        .containsExactly(NODE);
    assertThat(looks).hasValue(HALF_AN_HOUR);
    assertThat(beats.get()).isGreaterThanOrEqualTo(HALF_AN_HOUR);
  }

  @Test
  void await_whenErrorsAndEmptyAnswersAlternate_endsNoNode() {
    AtomicInteger looks = new AtomicInteger();
    ended(
        ids -> {
          int look = looks.incrementAndGet();
          if (look == 1) {
            return List.of(instance(InstanceStateName.RUNNING));
          }
          if (look == HALF_AN_HOUR) {
            return List.of(instance(InstanceStateName.SHUTTING_DOWN));
          }
          if (look % 3 == 0) {
            throw failure(look);
          }
          return List.of();
        },
        new AtomicInteger());
    assertThat(looks).hasValue(HALF_AN_HOUR);
  }

  @Test
  void await_ofANodeThatIsForgottenForTwoMinutes_saysEnded_butNotOneNeverSeen() {
    AtomicInteger looks = new AtomicInteger();
    Function<List<String>, List<Instance>> forgets =
        ids ->
            looks.incrementAndGet() == 1 ? List.of(instance(InstanceStateName.RUNNING)) : List.of();
    assertThat(ended(forgets, new AtomicInteger())).containsExactly(NODE);
    assertThat(looks).hasValue(1 + Ec2Watch.ABSENT);
    assertThat(
            new Ec2Watch(ids -> List.of(), Duration.ofNanos(1))
                .await(new AwaitRequest(List.of(NODE), Duration.ofMillis(100)), beat -> {})
                .ended())
        .isEmpty();
  }

  private static List<Node> ended(
      Function<List<String>, List<Instance>> describe, AtomicInteger beats) {
    return new Ec2Watch(describe, Duration.ofNanos(1))
        .await(
            new AwaitRequest(List.of(NODE), Duration.ofMinutes(1)), beat -> beats.incrementAndGet())
        .ended();
  }

  private static RuntimeException failure(int look) {
    return look % 2 == 0
        ? SdkClientException.create("no answer")
        : Ec2Exception.builder().statusCode(503).message("unavailable").build();
  }

  private static Instance instance(InstanceStateName state) {
    return Instance.builder().instanceId("i-1").state(s -> s.name(state)).build();
  }
}
