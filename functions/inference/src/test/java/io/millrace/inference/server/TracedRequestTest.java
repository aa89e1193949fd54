package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.trace.OtlpTraces;
import io.millrace.inference.trace.Traces;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spans that reach a collector by OTLP over HTTP. */
class TracedRequestTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final String ONE =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir Path dir;
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private HttpServer collector;

  @BeforeEach
  void start() throws Exception {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          received.add(new String(body, StandardCharsets.ISO_8859_1));
          tokens.add(exchange.getRequestHeaders().getFirst("x-token"));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  private static String bytes(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  private TestServer server(double share) {
    Traces traces =
        new OtlpTraces(
            URI.create("http://127.0.0.1:" + collector.getAddress().getPort()),
            Map.of("x-token", "t"),
            "credit",
            share);
    return new TestServer(config -> config.withTraces(traces))
        .version(1, TestPackages.linear(dir))
        .want(1, 1, 1.0)
        .start();
  }

  @Test
  void aRequest_isASpanOfItsCallersTrace() {
    try (TestServer server = server(1)) {
      String parent = "00-" + TRACE + "-" + SPAN + "-01";
      server.post("/invocations", ONE, "traceparent", parent, "x-request-id", "r-1");
      server.post("/invocations", "nonsense", "traceparent", parent);
    } // sends what is left
    String all = String.join("", received);
    assertThat(all)
        .contains(bytes(TRACE))
        .contains(bytes(SPAN))
        .contains("POST /invocations", "service.name", "credit", "millrace.version", "r-1")
        .contains("http.response.status_code")
        .doesNotContain("berlin", "nonsense");
    assertThat(tokens).containsOnly("t");
  }

  @Test
  void aCallerThatDoesNotSample_isNotTraced_andWhatIsNoContextBeginsATrace() {
    try (TestServer server = server(1)) {
      server.post("/invocations", ONE, "traceparent", "00-" + TRACE + "-" + SPAN + "-00");
    }
    assertThat(received).isEmpty();
    try (TestServer server = server(1)) {
      assertThat(server.post("/invocations", ONE, "traceparent", "nonsense").statusCode())
          .isEqualTo(200);
    }
    assertThat(String.join("", received)).contains("POST /invocations");
  }

  @Test
  void aCollectorThatIsAway_failsNoRequest() {
    collector.stop(0);
    try (TestServer server = server(1)) {
      for (int i = 0; i < 20; i++) {
        assertThat(server.post("/invocations", ONE).statusCode()).isEqualTo(200);
      }
    }
    assertThat(received).isEmpty();
  }
}
