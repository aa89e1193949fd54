package io.millrace.activities.train.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A Docker engine of this machine. What it runs is not trusted: no network unless asked for, a root
 * it cannot write, no capabilities, the user of this process, bounded memory, processors and
 * processes.
 */
final class DockerEngine implements Engine {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Above the longest grace, because stopping answers after it. */
  private static final Duration ANSWER = Duration.ofMinutes(3);

  private static final long PULL_MINUTES = 15;
  private static final long LOG_SECONDS = 30;
  private static final long MOST_PROCESSES = 1024;

  private final DockerClient client;
  private final String host;

  /** Where {@code DOCKER_HOST} or the user's Docker settings say; nothing is asked yet. */
  DockerEngine() {
    DefaultDockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    host = String.valueOf(config.getDockerHost());
    client =
        DockerClientImpl.getInstance(
            config,
            new ZerodepDockerHttpClient.Builder()
                .dockerHost(config.getDockerHost())
                .sslConfig(config.getSSLConfig())
                .connectionTimeout(CONNECT)
                .responseTimeout(ANSWER)
                .build());
  }

  @Override
  public String identity(String image) {
    try {
      return ask(() -> client.inspectImageCmd(image).exec().getId());
    } catch (NotFoundException e) {
      pull(image);
      return ask(() -> client.inspectImageCmd(image).exec().getId());
    }
  }

  private void pull(String image) {
    // without a tag every tag would come
    int slash = image.lastIndexOf('/');
    boolean tagged = image.contains("@") || image.indexOf(':', slash + 1) > 0;
    try {
      boolean done =
          client
              .pullImageCmd(tagged ? image : image + ":latest")
              .start()
              .awaitCompletion(PULL_MINUTES, TimeUnit.MINUTES);
      if (!done) {
        throw noImage(image, "not here within " + PULL_MINUTES + " minutes", null);
      }
    } catch (DockerException | DockerClientException e) {
      throw noImage(image, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw noImage(image, "interrupted", e);
    }
  }

  private static ApplicationFailure noImage(String image, String why, @Nullable Throwable cause) {
    String message =
        "image: " + image + " (expected: one that the engine has or can pull: " + why.strip() + ")";
    return cause == null
        ? Failures.of(FailureType.CONFIG_INVALID, message)
        : Failures.of(FailureType.CONFIG_INVALID, cause, message);
  }

  @Override
  public Running start(Job job) {
    remove(job.name());
    HostConfig limits =
        HostConfig.newHostConfig()
            .withMemory(job.memoryBytes())
            .withMemorySwap(job.memoryBytes())
            .withNanoCPUs(Math.round(job.cpus() * 1e9))
            .withPidsLimit(MOST_PROCESSES)
            .withReadonlyRootfs(true)
            .withTmpFs(Map.of("/tmp", "rw,nosuid,nodev"))
            .withNetworkMode(job.network())
            .withCapDrop(Capability.ALL)
            .withSecurityOpts(List.of("no-new-privileges"))
            .withBinds(
                new Bind(job.in().toString(), new Volume(Contract.IN), AccessMode.ro),
                new Bind(job.checkpoint().toString(), new Volume(Contract.CHECKPOINT)),
                new Bind(job.out().toString(), new Volume(Contract.OUT)));
    CreateContainerCmd create =
        client
            .createContainerCmd(job.image())
            .withName(job.name())
            .withHostConfig(limits)
            .withEnv(job.environment())
            .withLabels(Map.of("io.millrace.trial", job.name()))
            // what it writes is then ours to read and to remove
            .withUser(owner(job.out()));
    if (!job.command().isEmpty()) {
      create.withEntrypoint(job.command());
    }
    String id;
    try {
      id = ask(() -> create.exec().getId());
    } catch (NotFoundException e) {
      throw noImage(job.image(), String.valueOf(e.getMessage()), e);
    }
    Started started = new Started(id);
    try {
      ask(() -> client.startContainerCmd(id).exec());
      return started;
    } catch (DockerException e) {
      // a program that is not in the image, or limits this engine cannot keep
      started.close();
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          "image: "
              + job.image()
              + " does not start (expected: a program the engine can start: "
              + String.valueOf(e.getMessage()).strip()
              + ")");
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
  }

  private static String owner(Path folder) {
    try {
      return Files.getAttribute(folder, "unix:uid") + ":" + Files.getAttribute(folder, "unix:gid");
    } catch (IOException | UnsupportedOperationException e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, e, "scratch: " + folder + " (expected: to have an owner)");
    }
  }

  private void remove(String nameOrId) {
    try {
      ask(() -> client.removeContainerCmd(nameOrId).withForce(true).withRemoveVolumes(true).exec());
    } catch (NotFoundException e) {
      return;
    }
  }

  /** What the engine answers; that none answers is the node's trouble, not the spec's. */
  private <T> T ask(Supplier<T> question) {
    try {
      return question.get();
    } catch (DockerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw Failures.of(
          FailureType.CAPACITY_UNAVAILABLE,
          e,
          "container engine: " + host + " (expected: to answer on the node that trains)");
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A container. */
  private final class Started implements Running {
    private final String id;

    Started(String id) {
      this.id = id;
    }

    @Override
    public Optional<Ended> ended() {
      InspectContainerResponse.ContainerState state =
          ask(() -> client.inspectContainerCmd(id).exec().getState());
      if (Boolean.TRUE.equals(state.getRunning())) {
        return Optional.empty();
      }
      Long exit = state.getExitCodeLong();
      return Optional.of(
          new Ended(
              exit == null ? -1 : exit.intValue(), Boolean.TRUE.equals(state.getOOMKilled())));
    }

    @Override
    public void stop(int graceSeconds) {
      try {
        ask(() -> client.stopContainerCmd(id).withTimeout(graceSeconds).exec());
      } catch (NotModifiedException e) {
        return; // it had ended
      }
    }

    @Override
    public String log(int lines) {
      StringBuffer text = new StringBuffer();
      try {
        client
            .logContainerCmd(id)
            .withStdOut(true)
            .withStdErr(true)
            .withTail(lines)
            .exec(
                new ResultCallback.Adapter<Frame>() {
                  @Override
                  public void onNext(Frame frame) {
                    text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                  }
                })
            .awaitCompletion(LOG_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return text.toString();
    }

    @Override
    public void close() {
      remove(id);
    }
  }
}
