package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.deploy.ecs.EcsTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what only ECS does, on MiniStack, whose tasks are real containers. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EcsTargetIT extends TargetContract {
  /** {@code mr-} and the first eight digits of the SHA-256 of "credit". */
  private static final String BALANCER = "mr-ecc4873a";

  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  private static MiniStack aws;

  /** Layers of images, shared by tests. */
  @TempDir static Path kept;

  /** Instead of a version's own image; null for that. */
  private String image;

  @BeforeAll
  static void start() {
    aws = new MiniStack();
  }

  @AfterAll
  static void stop() {
    aws.close();
  }

  @Override
  protected Target target() {
    BuiltImages built =
        new BuiltImages(
            new Packages(store(), scratch()),
            new ModelImages(kept, AppFiles.ofThisProcess(kept), DockerClients::open),
            () -> "millrace/java:25");
    VersionImages images =
        (endpoint, version, registry) ->
            image != null ? image : built.of(endpoint, version, registry);
    return new EcsTarget(
        () -> aws.clients, images, null, Map.of(), "us-east-1", Duration.ofSeconds(90));
  }

  @Override
  protected TargetSpec settings() {
    return new TargetSpec(
        null,
        null,
        null,
        new TargetSpec.Ecs(
            "default", "fargate", "512MB", 0.25, List.of(), List.of(), null, null, null, null,
            null),
        null,
        null);
  }

  @Override
  protected Scored ask(String url) throws IOException {
    assertThat(url).startsWith("http://" + BALANCER);
    try {
      return ContractClient.ask(aws.url(BALANCER), ROW);
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("received no bytes")) {
        throw e;
      }
      // the emulator's own server ends kept connections under a request
      return ContractClient.ask(aws.url(BALANCER), ROW);
    }
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    return aws.parts();
  }

  @Test
  void shift_setsTheRulesWeights_andAnIdleVersionStaysBehindItWithNone() throws IOException {
    prepare(publish(1, 0));
    assertThat(aws.weights(BALANCER).values()).containsExactly(0);
    shift("first", Map.of(1, 1.0));
    prepare(publish(2, 1));
    assertThat(aws.weights(BALANCER).values()).containsExactlyInAnyOrder(999, 0);
    shift("split", Map.of(1, 0.9, 2, 0.1));
    assertThat(aws.weights(BALANCER).values()).containsExactlyInAnyOrder(899, 100);
    shift("all", Map.of(2, 1.0));
    deployments().retire(new RetireRequest(NAME, 1, "retire"));
    assertThat(aws.weights(BALANCER).values()).containsExactly(999);
    assertThat(aws.containers()).hasSize(1);
  }

  @Test
  void prepare_ofAVersionWhoseTasksEnd_saysWhy_andTheOldOneServesOn() throws IOException {
    prepare(publish(1, 0));
    shift("first", Map.of(1, 1.0));
    // a shell without a terminal ends at once
    image = "millrace/debian:trixie";
    // a number of its own: the emulator remembers for a while how a group of the name was
    ModelRef seven = publish(7, 1);
    assertThatThrownBy(() -> prepare(seven))
        .hasMessageContaining("endpoint credit: version 7: ")
        .hasMessageContaining("Essential container exited");
    assertThat(ask("http://" + BALANCER).version()).isEqualTo(1);
    shift("back", Map.of(1, 1.0));
    deployments().retire(new RetireRequest(NAME, 7, "retire"));
    assertThat(aws.parts()).noneMatch(part -> part.contains("-v7-"));
  }

  @Test
  void killedTask_isReplaced_andTheEndpointServes() throws Exception {
    prepare(publish(1, 0));
    shift("first", Map.of(1, 1.0));
    String before = aws.containers().getFirst().getId();
    DockerClients.open().killContainerCmd(before).withSignal("KILL").exec();
    // a repeat waits until the service is steady again
    shift("first", Map.of(1, 1.0));
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (aws.containers().stream().allMatch(c -> c.getId().equals(before))
        && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(200);
    }
    assertThat(aws.containers()).extracting(c -> c.getId()).isNotEmpty().doesNotContain(before);
    assertThat(shift("first", Map.of(1, 1.0))).containsExactly(1);
  }

  private void prepare(ModelRef version) {
    deployments()
        .prepare(new PrepareRequest(NAME, version, settings(), "prepare-" + version.version()));
  }

  private List<Integer> shift(String key, Map<Integer, Double> weights) {
    return deployments().shift(new ShiftRequest(NAME, weights, key, "test")).ready();
  }
}
