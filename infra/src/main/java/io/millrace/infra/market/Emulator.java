package io.millrace.infra.market;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import io.millrace.activities.compute.DockerClients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * LocalStack in a container of this machine's Docker, for as long as it is open; only this machine
 * reaches it. Nothing in it outlives it.
 */
public final class Emulator implements AutoCloseable {
  /** Ours, built by {@code infra/local/images}, then the public one of the same version. */
  static final List<String> IMAGES =
      List.of("millrace/localstack:4.14.0", "localstack/localstack:4.14.0");

  private static final String OWNER = "io.millrace.market";
  private static final int PORT = 4566;

  /** Three seconds on a quiet machine. */
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(90);

  private static final Duration CALL = Duration.ofSeconds(2);

  private final DockerClient docker;
  private final String container;
  private final URI endpoint;

  private Emulator(DockerClient docker, String container, URI endpoint) {
    this.docker = docker;
    this.container = container;
    this.endpoint = endpoint;
  }

  /**
   * Starts one and returns when it answers; one that a process of the same owner left is removed.
   *
   * @param wanted image; null for the first of {@link #IMAGES} that is there
   * @param owner whose it is
   * @throws IllegalStateException with what to do, when Docker or the image is missing
   */
  public static Emulator start(@Nullable String wanted, String owner) {
    DockerClient docker = DockerClients.open();
    try {
      docker.pingCmd().exec();
    } catch (RuntimeException e) {
      close(docker);
      throw new IllegalStateException(
          "docker: no engine answers (expected: one that runs, for LocalStack; start yours, or"
              + " infra/local/images/start-docker.sh, or name a LocalStack that runs: --emulator"
              + " URL)",
          e);
    }
    String image = image(docker, wanted);
    if (image == null) {
      close(docker);
      throw new IllegalStateException(
          "image: "
              + (wanted == null ? String.join(", ", IMAGES) : wanted)
              + " (expected: in Docker; infra/local/images/image localstack pulls or builds it,"
              + " once, or name a LocalStack that runs: --emulator URL)");
    }
    Map<String, String> label = Map.of(OWNER, owner);
    docker
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(label)
        .exec()
        .forEach(left -> docker.removeContainerCmd(left.getId()).withForce(true).exec());
    return started(docker, image, label);
  }

  private static Emulator started(DockerClient docker, String image, Map<String, String> label) {
    ExposedPort port = ExposedPort.tcp(PORT);
    String id =
        docker
            .createContainerCmd(image)
            .withExposedPorts(port)
            .withEnv("SERVICES=s3,ec2")
            .withLabels(label)
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withAutoRemove(true)
                    .withPortBindings(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), port)))
            .exec()
            .getId();
    try {
      docker.startContainerCmd(id).exec();
      URI published =
          DockerClients.published(docker, id, port)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "LocalStack: no port (expected: " + PORT + " published)"));
      Emulator emulator = new Emulator(docker, id, published);
      await(emulator.endpoint);
      return emulator;
    } catch (RuntimeException e) {
      new Emulator(docker, id, URI.create("http://127.0.0.1")).close();
      throw e;
    }
  }

  private static @Nullable String image(DockerClient docker, @Nullable String wanted) {
    for (String image : wanted == null ? IMAGES : List.of(wanted)) {
      try {
        docker.inspectImageCmd(image).exec();
        return image;
      } catch (NotFoundException e) {
        // the next
      }
    }
    return null;
  }

  /**
   * Returns when the emulator there answers.
   *
   * @throws IllegalStateException when it does not in time
   */
  public static void await(URI endpoint) {
    Instant until = Instant.now().plus(STARTS_WITHIN);
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.resolve("/_localstack/health")).timeout(CALL).build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CALL).build()) {
      while (!answers(client, request)) {
        if (Instant.now().isAfter(until)) {
          throw new IllegalStateException(
              "LocalStack at "
                  + endpoint
                  + " (expected: to answer within "
                  + STARTS_WITHIN.toSeconds()
                  + " s)");
        }
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while LocalStack started", e);
    }
  }

  private static boolean answers(HttpClient client, HttpRequest request)
      throws InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  public URI endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    try {
      docker.removeContainerCmd(container).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      // it ended by itself
    } finally {
      close(docker);
    }
  }

  private static void close(DockerClient docker) {
    try {
      docker.close();
    } catch (IOException e) {
      // a socket
    }
  }
}
