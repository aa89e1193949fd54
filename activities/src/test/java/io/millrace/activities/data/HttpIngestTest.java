package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.SourceSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources over HTTP, from a server on the loopback interface that misbehaves on purpose. */
class HttpIngestTest {
  private static final byte[] CSV =
      ("a,b,y\n"
              + IntStream.range(0, 4000)
                  .mapToObj(i -> i * 7 % 313 + "," + "abc".charAt(i % 3) + "," + i * 13 % 5 % 2)
                  .collect(Collectors.joining("\n"))
              + "\n")
          .getBytes(StandardCharsets.UTF_8);

  @TempDir private Path root;
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;
  private Ingests ingests;

  private interface Handler {
    void handle(HttpExchange exchange) throws Exception;
  }

  @BeforeEach
  void up() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    ingests = new Ingests(root);
    ingests.from(new SourceSpec(base() + "/d.csv?signature=hidden", null, null));
  }

  @AfterEach
  void down() {
    over.countDown();
    server.stop(0);
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(Handler handler) {
    server.createContext(
        "/d.csv",
        exchange -> {
          try (exchange) {
            ranges.add(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
            handler.handle(exchange);
          } catch (IOException e) {
            throw e;
          } catch (Exception e) {
            throw new IOException(e);
          }
        });
  }

  private static void send(HttpExchange exchange, int status, byte[] body, int from, int to)
      throws IOException {
    exchange.sendResponseHeaders(status, body.length - from);
    exchange.getResponseBody().write(body, from, to - from);
    exchange.getResponseBody().flush();
  }

  @Test
  void aDownload_thatBreaksOffIsTakenUpWhereItEnded() throws Exception {
    answer(
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"one\"");
          if (ranges.getLast().equals("null")) {
            send(exchange, 200, CSV, 0, 10_000);
          } else {
            assertThat(exchange.getRequestHeaders().getFirst("If-Range")).isEqualTo("\"one\"");
            int from = Integer.parseInt(ranges.getLast().replace("bytes=", "").replace("-", ""));
            send(exchange, 206, CSV, from, CSV.length);
          }
        });
    assertThat(ingests.run().rowsRead()).isEqualTo(4000);
    assertThat(ranges).hasSize(2).last().asString().matches("bytes=[1-9]\\d*-");
    String digest = ingests.run().dataset().digest();
    ingests.csv(new String(CSV, StandardCharsets.UTF_8));
    assertThat(ingests.run().dataset().digest()).isEqualTo(digest);
  }

  @Test
  void aFile_thatChangedMeanwhileIsFetchedFromTheStart() {
    answer(
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"" + ranges.size() + "\"");
          send(exchange, 200, CSV, 0, ranges.size() == 1 ? 10_000 : CSV.length);
        });
    assertThat(ingests.run().rowsRead()).isEqualTo(4000);
  }

  @Test
  void aFile_thatIsStillTheSame_isNotDownloadedAgain() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    String[] etag = {"\"one\""};
    answer(
        exchange -> {
          String known = String.valueOf(exchange.getRequestHeaders().getFirst("If-None-Match"));
          asked.add(known);
          exchange.getResponseHeaders().set("ETag", etag[0]);
          if (known.equals(etag[0])) {
            exchange.sendResponseHeaders(304, -1);
          } else {
            send(exchange, 200, CSV, 0, CSV.length);
          }
        });
    IngestResult first = ingests.run();
    List<String> keys = ingests.keys();
    assertThat(ingests.run()).isEqualTo(first);
    assertThat(asked).containsExactly("null", "\"one\"");
    assertThat(ingests.keys()).isEqualTo(keys);
    assertThat(ingests.scraps()).isEmpty();

    // another declaration makes another version of the same bytes
    ingests.exclude = List.of("b");
    assertThat(ingests.run().dataset()).isNotEqualTo(first.dataset());
    assertThat(asked).last().isEqualTo("null");
    // and other bytes come
    ingests.exclude = List.of();
    etag[0] = "\"two\"";
    assertThat(ingests.run().dataset()).isEqualTo(first.dataset());
    assertThat(asked).last().isEqualTo("\"one\"");
    assertThat(ingests.run()).isEqualTo(first);
    assertThat(asked).last().isEqualTo("\"two\"");
  }

  @Test
  void aServer_thatFallsSilentIsUnavailable() {
    answer(
        exchange -> {
          send(exchange, 200, CSV, 0, 5_000);
          over.await();
        });
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("/d.csv")
        .hasMessageNotContaining("hidden")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SOURCE_UNAVAILABLE));
    assertThat(ingests.keys()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "404, DATA_UNREADABLE",
    "403, DATA_UNREADABLE",
    "410, DATA_UNREADABLE",
    "429, SOURCE_UNAVAILABLE",
    "500, SOURCE_UNAVAILABLE",
    "503, SOURCE_UNAVAILABLE"
  })
  void aRefusal_isTypedByWhoCanAct(int status, FailureType type) {
    answer(exchange -> exchange.sendResponseHeaders(status, -1));
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("/d.csv answered " + status + " (expected: 200)")
        .hasMessageNotContaining("hidden")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(type));
    assertThat(ranges).hasSize(1);
  }

  @Test
  void aHost_thatRefusesTheConnectionIsUnavailable() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ingests.from(new SourceSpec("http://127.0.0.1:" + port + "/d.csv", null, null));
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("ConnectException")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SOURCE_UNAVAILABLE));
  }

  @Test
  void aUrl_thatIsNoneIsUnreadable() {
    for (String url : List.of("http://", "http:///x.csv", "http://a b/x.csv")) {
      ingests.from(new SourceSpec(url, null, null));
      assertThatThrownBy(ingests::run)
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_UNREADABLE));
    }
  }

  @Test
  void aRelativeLocation_belongsToTheFolderOfTheSpecsUrl() {
    answer(exchange -> send(exchange, 200, CSV, 0, CSV.length));
    ingests.specLocation = base() + "/pipeline.yaml";
    ingests.from(new SourceSpec("d.csv", null, null));
    assertThat(ingests.run().rowsRead()).isEqualTo(4000);
  }
}
