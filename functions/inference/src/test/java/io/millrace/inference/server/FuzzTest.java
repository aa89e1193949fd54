package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that a client sends is the server's fault, ends it, or stays in its memory. */
class FuzzTest {
  private static final int CASES = 10_000;
  private static final String ONE =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir static Path dir;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = serving(Limits.DEFAULT);
  }

  private static TestServer serving(Limits limits) {
    return new TestServer(
            config ->
                config.withLimits(limits).withBatching(Batching.DEFAULT.with(Batching.Mode.ON)))
        .version(1, TestPackages.linear(dir))
        .want(1, 1, 1.0)
        .start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void tenThousandRequests_areAnsweredOrRefusedWithAReason() throws Exception {
    ObjectMapper json = new ObjectMapper();
    Map<Integer, Integer> statuses = new TreeMap<>();
    server.post("/invocations", ONE);
    long before = used();
    for (int seed = 0; seed < CASES; seed++) {
      FuzzedBodies.Case request = new FuzzedBodies(seed).next();
      HttpResponse<byte[]> response = send(seed, request);
      int status = response.statusCode();
      statuses.merge(status, 1, Integer::sum);
      String said = new String(response.body(), StandardCharsets.UTF_8);
      assertThat(status).as("seed %d: %s", seed, said).isIn(200, 400, 404, 413, 415);
      if (status != 200) {
        JsonNode error = json.readTree(said).path("error");
        // what, and what was wanted
        assertThat(error.asText())
            .as("seed %d: %d", seed, status)
            .matches("(?s).*: ?.*\\(expected: .+");
      }
    }
    assertThat(statuses).as("of every kind").containsKeys(200, 400, 404, 413, 415);
    assertThat(statuses.get(200)).isGreaterThan(CASES / 50);
    assertThat(statuses.get(400)).isGreaterThan(CASES / 2);
    assertThat(server.post("/admin/flush", "").statusCode()).isEqualTo(200);
    server.sink.clear();
    assertThat(used() - before).as("bytes kept").isLessThan(48L << 20);
    assertThat(server.post("/invocations", ONE).statusCode()).isEqualTo(200);
    assertThat(server.get("/metrics").body()).doesNotContain("status=\"500\"");
  }

  private static HttpResponse<byte[]> send(int seed, FuzzedBodies.Case request)
      throws InterruptedException {
    try {
      return server.client.send(
          server
              .request(request.path())
              .headers(request.headers().toArray(String[]::new))
              .POST(HttpRequest.BodyPublishers.ofByteArray(request.body()))
              .build(),
          HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new AssertionError(
          "seed %d: no answer to %s %s with %d bytes"
              .formatted(seed, request.path(), request.headers(), request.body().length),
          e);
    }
  }

  private static Socket connected(TestServer to) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), to.server.port());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void head(OutputStream out, int length) throws IOException {
    out.write(
        ("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: "
                + length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @Test
  void clientsThatTrickle_areToldAndDropped_andOthersDoNotWait() throws Exception {
    // its own server: a busy machine sends great bodies slowly too
    TestServer hasty = serving(Limits.DEFAULT.withBodyTime(Duration.ofMillis(300)));
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = connected(hasty);
        slow.add(socket);
        head(socket.getOutputStream(), 1_000);
      }
      // every place is free still: a request takes one when its body is there
      assertThat(hasty.post("/invocations", ONE).statusCode()).isEqualTo(200);
      Socket first = slow.getFirst();
      InputStream in = first.getInputStream();
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (in.available() == 0 && System.nanoTime() < end) {
        first.getOutputStream().write(' ');
        LockSupport.parkNanos(20_000_000);
      }
      assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 408");
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    assertThat(hasty.post("/invocations", ONE).statusCode()).isEqualTo(200);
    hasty.close();
  }

  @Test
  void clientsThatLeaveInTheMiddle_disturbNobody() throws Exception {
    for (int i = 0; i < 300; i++) {
      try (Socket socket = connected(server)) {
        OutputStream out = socket.getOutputStream();
        switch (i % 4) {
          case 0 -> head(out, 1_000);
          case 1 -> out.write("POST /invoc".getBytes(StandardCharsets.US_ASCII));
          case 2 -> {
            head(out, ONE.length());
            out.write(ONE.substring(0, 10).getBytes(StandardCharsets.US_ASCII));
          }
          default -> {
            head(out, ONE.length());
            out.write(ONE.getBytes(StandardCharsets.US_ASCII)); // reads no answer
          }
        }
        if (i % 2 == 0) {
          socket.setSoLinger(true, 0); // a reset
        }
      }
    }
    assertThat(server.post("/invocations", ONE).statusCode()).isEqualTo(200);
    assertThat(server.get("/metrics").body())
        .contains("millrace_active_requests{endpoint=\"credit\"} 0\n")
        .doesNotContain("status=\"500\"");
  }

  @Test
  void anEncodingThatNobodyKnows_isToldAfterTheBody_andLeavesItsConnection() throws Exception {
    byte[] body = new byte[50_000];
    try (Socket socket = connected(server)) {
      OutputStream out = socket.getOutputStream();
      for (String encoding : List.of("gzip, gzip", "nonsense", "br", "\"", "gzip, gzip")) {
        out.write(
            ("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Encoding: "
                    + encoding
                    + "\r\nContent-Length: "
                    + body.length
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
        assertThat(answer(socket.getInputStream())).as(encoding).startsWith("HTTP/1.1 415");
      }
      head(out, ONE.length());
      out.write(ONE.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
    }
  }

  /** Reads one answer; its head. */
  private static String answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "closed after: " + head;
      }
      head.append((char) c);
    }
    int length = 0;
    for (String line : head.toString().split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring("content-length:".length()).strip());
      }
    }
    in.readNBytes(length);
    return head.toString();
  }

  @Test
  void headersAndPathsThatAreNoHttp_areRefused() throws Exception {
    List<String> requests =
        List.of(
            "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(100_000) + "\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            "NONSENSE\r\n\r\n",
            "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
            "POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /invocations HTTP/9.9\r\nHost: x\r\n\r\n");
    for (String request : requests) {
      try (Socket socket = connected(server)) {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        byte[] answer;
        try {
          answer = socket.getInputStream().readNBytes(12);
        } catch (IOException reset) {
          answer = new byte[0]; // dropped without a word
        }
        String line = new String(answer, StandardCharsets.US_ASCII);
        assertThat(line).as(request.lines().findFirst().orElse("")).matches("(HTTP/1.1 4\\d\\d)?");
      }
    }
    assertThat(server.post("/invocations", ONE).statusCode()).isEqualTo(200);
  }
}
