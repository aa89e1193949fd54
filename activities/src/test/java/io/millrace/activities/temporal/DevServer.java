package io.millrace.activities.temporal;

import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A real Temporal server of the test's own: in memory, on free loopback ports, killed at the end.
 */
public final class DevServer implements AutoCloseable {
  private final Process process;
  private final WorkflowServiceStubs stubs;
  private final String address;

  public DevServer() {
    Path binary =
        find()
            .orElseThrow(
                () ->
                    new TestAbortedException(
                        "SKIPPED: no temporal CLI in ~/.cache/millrace/bin or on the PATH"));
    int port = freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                binary.toString(),
                "server",
                "start-dev",
                "--headless",
                "--ip",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                // as on a machine that `up` prepared
                "--dynamic-config-value",
                "system.enableActivityEagerExecution=true",
                "--dynamic-config-value",
                "frontend.enableExecuteMultiOperation=true",
                "--log-level",
                "error"));
    for (var key :
        List.of(
            SearchAttributes.MODEL,
            SearchAttributes.VERSION,
            SearchAttributes.STAGE,
            SearchAttributes.OUTCOME)) {
      command.add("--search-attribute");
      command.add(key.getName() + "=Keyword");
    }
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    address = "127.0.0.1:" + port;
    stubs =
        WorkflowServiceStubs.newConnectedServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(address).build(),
            java.time.Duration.ofSeconds(60));
  }

  /** {@code host:port} of the front end. */
  public String address() {
    return address;
  }

  public WorkflowClient client() {
    return WorkflowClient.newInstance(
        stubs,
        WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build());
  }

  public ScheduleClient schedules() {
    return ScheduleClient.newInstance(
        stubs,
        ScheduleClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build());
  }

  private static Optional<Path> find() {
    Stream<Path> places =
        Stream.concat(
            Stream.of(Path.of(System.getProperty("user.home"), ".cache/millrace/bin")),
            Stream.of(System.getenv("PATH").split(":")).map(Path::of));
    return places.map(p -> p.resolve("temporal")).filter(Files::isExecutable).findFirst();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stubs.shutdownNow();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
