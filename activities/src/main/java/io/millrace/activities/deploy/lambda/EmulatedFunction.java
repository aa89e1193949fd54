package io.millrace.activities.deploy.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.TopContainerResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.Polling;
import io.millrace.activities.gate.TargetMeter.TargetUnmeasured;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a function: its image in a container of this machine, with the memory of the
 * function, behind the runtime interface emulator that AWS's images bring. The emulator listens at
 * once and starts the runtime with the first call, so that one is a cold start. Not thread-safe.
 */
final class EmulatedFunction implements AutoCloseable {
  private static final ExposedPort PORT = ExposedPort.tcp(8080);
  private static final String PATH = "/2015-03-31/functions/function/invocations";

  /** The emulator itself, a small program. */
  private static final Duration LISTENING = Duration.ofSeconds(30);

  /** Of a start: AWS gives an init 10 s, and this machine may be busy. */
  private static final Duration START = Duration.ofSeconds(60);

  private static final long MOST_PROCESSES = 512;
  private static final int QUOTED = 300;
  private static final int LINES = 4;

  private final DockerClient docker;
  private final HttpClient http;
  private final String id;
  private final URI url;

  private EmulatedFunction(DockerClient docker, HttpClient http, String id, URI url) {
    this.docker = docker;
    this.http = http;
    this.id = id;
    this.url = url;
  }

  /**
   * Starts the emulator; the function is not started yet.
   *
   * @param image the engine has it
   * @param labels by which a container that was left behind is found
   */
  static EmulatedFunction start(
      DockerClient docker,
      HttpClient http,
      String image,
      TargetSpec.Lambda settings,
      Map<String, String> labels)
      throws TargetUnmeasured {
    return start(
        docker,
        http,
        image,
        FunctionPlan.megabytes(settings),
        List.of(
            "AWS_LAMBDA_FUNCTION_NAME=function",
            "AWS_LAMBDA_FUNCTION_TIMEOUT=" + FunctionPlan.timeoutSeconds(settings)),
        labels);
  }

  /** The same with an environment of one's own, each entry {@code NAME=value}. */
  static EmulatedFunction start(
      DockerClient docker,
      HttpClient http,
      String image,
      int megabytes,
      List<String> environment,
      Map<String, String> labels)
      throws TargetUnmeasured {
    List<String> all = new ArrayList<>(environment);
    all.add("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + megabytes);
    String id;
    try (CreateContainerCmd create = docker.createContainerCmd(image)) {
      id =
          create
              .withLabels(labels)
              .withExposedPorts(PORT)
              .withEnv(all)
              .withHostConfig(
                  HostConfig.newHostConfig()
                      .withMemory((long) megabytes << 20)
                      .withMemorySwap((long) megabytes << 20)
                      .withPidsLimit(MOST_PROCESSES)
                      // as a function has it: nothing but /tmp can be written; the runtime runs a
                      // library of its own from there
                      .withReadonlyRootfs(true)
                      .withTmpFs(Map.of("/tmp", "rw,exec,nosuid,nodev,size=512m"))
                      .withCapDrop(Capability.ALL)
                      .withSecurityOpts(List.of("no-new-privileges:true"))
                      .withPortBindings(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), PORT)))
              .exec()
              .getId();
    }
    EmulatedFunction started = null;
    try {
      docker.startContainerCmd(id).exec();
      URI published =
          DockerClients.published(docker, id, PORT)
              .orElseThrow(
                  () ->
                      new TargetUnmeasured(
                          "the function's container has no port: it ended at once", null));
      started = new EmulatedFunction(docker, http, id, published.resolve(PATH));
      if (!Polling.of(LISTENING, Duration.ofMillis(20)).until(started::listens)) {
        throw new TargetUnmeasured("the runtime's emulator does not listen after 30 s", null);
      }
      return started;
    } catch (TargetUnmeasured | RuntimeException e) {
      remove(docker, id);
      throw e;
    }
  }

  private boolean listens() {
    try {
      // not the path of a call: that would start the function
      http.send(
          HttpRequest.newBuilder(url.resolve("/")).timeout(Duration.ofSeconds(5)).build(),
          HttpResponse.BodyHandlers.discarding());
      return true;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Milliseconds until the answer was here, which must be predictions.
   *
   * @param body of a request
   */
  double call(byte[] body) throws TargetUnmeasured {
    long from = System.nanoTime();
    HttpResponse<byte[]> answer = send(body);
    double millis = (System.nanoTime() - from) / 1e6;
    if (!predictions(answer.body())) {
      throw new TargetUnmeasured(
          answer.body().length == 0
              ? "the function answers nothing (HTTP %d); its last lines: %s"
                  .formatted(answer.statusCode(), lines())
              : "the function answers " + quoted(answer.body()),
          null);
    }
    return millis;
  }

  /** Whatever it answers. */
  HttpResponse<byte[]> send(byte[] body) throws TargetUnmeasured {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(START)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new TargetUnmeasured("the function ended without an answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(FailureType.ENDPOINT_UNAVAILABLE, e, "interrupted while it was measured");
    }
  }

  /** The emulator answers 200 whatever happens. */
  private static boolean predictions(byte[] body) {
    try {
      return PayloadJson.mapper()
          .readTree(new String(body, StandardCharsets.UTF_8))
          .has("predictions");
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static String quoted(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).replaceAll("\\s+", " ").strip();
    return text.length() > QUOTED ? text.substring(0, QUOTED) + "…" : text;
  }

  /** The last lines it wrote, for an error's text. */
  private String lines() {
    StringBuilder text = new StringBuilder();
    try (ResultCallback.Adapter<Frame> taker =
        docker
            .logContainerCmd(id)
            .withStdOut(true)
            .withStdErr(true)
            .withTail(LINES)
            .exec(
                new ResultCallback.Adapter<Frame>() {
                  @Override
                  public void onNext(Frame frame) {
                    text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                  }
                })) {
      taker.awaitCompletion(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      return "";
    }
    return quoted(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Resident memory of the runtime's processes; null when the engine does not say. */
  @Nullable Double megabytes() {
    try {
      TopContainerResponse processes =
          docker.topContainerCmd(id).withPsArgs("-eo pid,rss,args").exec();
      double kilobytes = 0;
      for (String[] process : processes.getProcesses()) {
        kilobytes += process[2].contains("aws-lambda-rie") ? 0 : Double.parseDouble(process[1]);
      }
      return kilobytes > 0 ? kilobytes / 1024 : null;
    } catch (DockerException | NumberFormatException e) {
      return null;
    }
  }

  /** What a command in it writes to its output. */
  byte[] output(Duration atMost, String... command) throws TargetUnmeasured {
    String run = docker.execCreateCmd(id).withAttachStdout(true).withCmd(command).exec().getId();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (ResultCallback.Adapter<Frame> taker =
        docker
            .execStartCmd(run)
            .exec(
                new ResultCallback.Adapter<Frame>() {
                  @Override
                  public void onNext(Frame frame) {
                    written.writeBytes(frame.getPayload());
                  }
                })) {
      if (!taker.awaitCompletion(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new TargetUnmeasured(command[0] + " has not ended after " + atMost, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(FailureType.ENDPOINT_UNAVAILABLE, e, "interrupted in a rehearsal");
    } catch (IOException e) {
      throw new TargetUnmeasured(command[0] + ": " + e.getMessage(), e);
    }
    return written.toByteArray();
  }

  @Override
  public void close() {
    remove(docker, id);
  }

  /** Gone already is success. */
  static void remove(DockerClient docker, String id) {
    try {
      docker.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      return;
    }
  }
}
