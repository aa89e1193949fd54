package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.ref.RunRef;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers that sleep; the image is one that the tests have anyway. */
class DockerComputeIT extends TaggedComputeContract {
  private static final DockerClient DOCKER = DockerClients.open();

  @TempDir Path work;

  @AfterAll
  static void clean() throws Exception {
    DOCKER
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of(NodeTags.MODEL, "docker-contract"))
        .exec()
        .forEach(one -> DOCKER.removeContainerCmd(one.getId()).withForce(true).exec());
    DOCKER.close();
  }

  @Override
  protected ComputeActivities adapter() {
    return adapter(DOCKER);
  }

  @Override
  protected ComputeActivities unreachable() {
    DefaultDockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    return adapter(
        DockerClientImpl.getInstance(
            config,
            new ZerodepDockerHttpClient.Builder()
                .dockerHost(URI.create("tcp://127.0.0.1:9"))
                .connectionTimeout(Duration.ofSeconds(1))
                .build()));
  }

  private ComputeActivities adapter(DockerClient client) {
    String image = System.getenv("MILLRACE_LOCALSTACK_IMAGE");
    return new DockerCompute(
        client,
        new DockerCompute.Settings(
            image == null ? "millrace/localstack:4.14.0" : image,
            "none",
            0.5,
            // ends at once when asked: the shell as the first process would not
            List.of("sh", "-c", "exec sleep 600", "node"),
            Map.of("GREETING", "hello"),
            List.of(),
            List.of(work.toString())),
        runEnded);
  }

  @Override
  protected String kind() {
    return "docker";
  }

  @Override
  protected LaunchRequest request(String run, String key, Order order) {
    return new LaunchRequest(
        new RunRef(run, "docker-contract", null), key, "no-queue", kind(), 2, order, null, 64);
  }

  @Override
  protected void kill(Node node) {
    DOCKER.killContainerCmd(node.id()).exec();
  }

  @Test
  void launch_boundsMemoryCpusAndLog_andReapsChildren() {
    Node node = launch(UUID.randomUUID().toString());
    InspectContainerResponse container = DOCKER.inspectContainerCmd(node.id()).exec();
    assertThat(container.getHostConfig().getMemory()).isEqualTo(64L << 20);
    assertThat(container.getHostConfig().getNanoCPUs()).isEqualTo(500_000_000L);
    assertThat(container.getHostConfig().getInit()).isTrue();
    assertThat(container.getHostConfig().getLogConfig().getConfig())
        .containsEntry("max-size", "10m");
    assertThat(container.getConfig().getEnv()).contains("GREETING=hello", "OMP_NUM_THREADS=2");
    assertThat(container.getArgs())
        .containsSequence("--task-queue", "no-queue", "--node", node.key())
        .containsSequence("--pool", "ComputePool:sample-1", "--threads", "2");
  }
}
