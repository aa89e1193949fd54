package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.infra.it.LocalMachine.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dataset's host is down: the run waits, and the schedule's next check wakes it. */
class SuspendedIT {
  @TempDir Path home;

  @Test
  void run_whoseHostIsDown_isResumedByTheScheduleAfterItIsBack() throws Exception {
    byte[] data =
        Files.readAllBytes(
            LocalMachine.root()
                .resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz"));
    InetSocketAddress address = closedPort();
    try (LocalMachine machine = new LocalMachine(home)) {
      machine.up();
      Path spec = spec("http://127.0.0.1:" + address.getPort() + "/credit.csv.gz");
      Answer waiting = machine.cli(Duration.ofMinutes(3), "run", spec.toString(), "--json");
      assertThat(waiting.exit()).as(waiting.err()).isEqualTo(4);
      assertThat(waiting.json().path("stage").asText()).isEqualTo("suspended");
      assertThat(waiting.json().at("/suspension/step").asText()).isEqualTo("ingest");
      assertThat(waiting.json().at("/suspension/type").asText()).isEqualTo("SOURCE_UNAVAILABLE");

      HttpServer host = serve(address, data);
      try {
        Answer end = machine.cli(Duration.ofMinutes(5), "watch", "sleeper-1", "--wait", "--json");
        assertThat(end.exit()).as(end.err() + end.out()).isZero();
        assertThat(end.json().path("version").asText()).isEqualTo("sleeper@1");
      } finally {
        host.stop(0);
      }
      List<String> store = machine.store().list("");
      assertThat(store.stream().filter(key -> key.startsWith("runs/")).map(k -> k.split("/")[1]))
          .as("one run")
          .containsOnly("sleeper-1");
      assertThat(store.stream().filter(key -> key.endsWith("/version.json")))
          .as("one new model version")
          .containsExactly("models/sleeper/versions/1/version.json");
    }
  }

  /** Nobody listens there: connections are refused. */
  private static InetSocketAddress closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }
  }

  private static HttpServer serve(InetSocketAddress address, byte[] data) throws IOException {
    HttpServer host = HttpServer.create(address, 4);
    host.createContext(
        "/credit.csv.gz",
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"1\"");
          exchange.sendResponseHeaders(200, data.length);
          exchange.getResponseBody().write(data);
          exchange.close();
        });
    host.start();
    return host;
  }

  private Path spec(String url) throws IOException {
    Path file = home.resolve("pipeline.yaml");
    Files.writeString(
        file,
        """
        model: sleeper
        task: binary
        data:
          source: {csv: "%s"}
          target: default.payment.next.month
          positive: "1"
          id: ID
        training:
          seed: 7
          candidates:
            - {family: linear}
          max-epochs: 3
        gates:
          - {metric: roc-auc, floor: 0.6}
        deployment:
          target: {local: {port: 0}}
        watch:
          schedule: {every: 10s, jitter: 0s}
          window: {last: 1h, min-rows: 100}
        """
            .formatted(url));
    return file;
  }
}
