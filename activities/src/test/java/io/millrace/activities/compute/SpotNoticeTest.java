package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.compute.SpotNotice.Warned;
import io.millrace.workflows.pool.ComputePool.Warning;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SpotNoticeTest {
  private static final String META = "/latest/meta-data/";

  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private final List<Warned> warned = new CopyOnWriteArrayList<>();
  private final CountDownLatch slow = new CountDownLatch(1);
  private final CountDownLatch heard = new CountDownLatch(2);
  private volatile int broken;
  private HttpServer server;
  private SpotNotice notice;

  @BeforeEach
  void open() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.createContext(
        "/",
        exchange -> {
          String ttl = "x-aws-ec2-metadata-token-ttl-seconds";
          String path = exchange.getRequestURI().getPath();
          String body = bodies.get(path);
          int code = broken != 0 ? broken : body == null ? 404 : 200;
          if (exchange.getRequestMethod().equals("PUT")) {
            exchange.getResponseHeaders().set(ttl, exchange.getRequestHeaders().getFirst(ttl));
            body = "T";
            code = 200;
          } else if (!"T"
              .equals(exchange.getRequestHeaders().getFirst("x-aws-ec2-metadata-token"))) {
            code = 401;
          }
          byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    notice =
        new SpotNotice(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            Duration.ofHours(1),
            this::hear);
  }

  private void hear(Warned what) {
    if (what.kind() == Warning.REBALANCE) {
      awaitOpen(slow);
    }
    warned.add(what);
    heard.countDown();
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void close() {
    notice.close();
    server.stop(0);
  }

  @Test
  void look_whileNothingIsPlanned_saysNothing() {
    notice.look();
    assertThat(warned).isEmpty();
  }

  @Test
  void look_atANotice_saysOnceWhenTheMachineGoes() {
    bodies.put(
        META + "spot/instance-action",
        "{\"action\": \"terminate\", \"time\": \"2026-11-25T12:02:00Z\"}");
    notice.look();
    notice.look();
    assertThat(warned)
        .containsExactly(new Warned(Warning.NOTICE, Instant.parse("2026-11-25T12:02:00Z")));
  }

  @Test
  void look_atARecommendation_thenANotice_saysBoth_andTheNoticeDoesNotWait() {
    bodies.put(
        META + "events/recommendations/rebalance", "{\"noticeTime\": \"2026-11-25T12:00:00Z\"}");
    notice.look();
    bodies.put(META + "spot/instance-action", "{\"action\": \"stop\"}");
    notice.look();
    assertThat(warned).containsExactly(new Warned(Warning.NOTICE, null));
    slow.countDown();
    awaitOpen(heard);
    assertThat(warned)
        .containsExactly(new Warned(Warning.NOTICE, null), new Warned(Warning.REBALANCE, null));
  }

  @Test
  void look_atAServiceThatFailsOrTalksNonsense_saysNothing_andGoesOn() {
    broken = 500;
    notice.look();
    broken = 0;
    bodies.put(META + "spot/instance-action", "<html>");
    notice.look();
    assertThat(warned).isEmpty();
    server.stop(0);
    notice.look();
    assertThat(warned).isEmpty();
  }
}
