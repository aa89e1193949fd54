package io.millrace.infra.market;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The metadata service of one instance (EC2 user guide, "Spot Instance interruption notices"):
 * tokens only, as IMDSv2 wants; 404 while nothing is planned.
 */
final class MetadataService implements AutoCloseable {
  private static final String TTL = "x-aws-ec2-metadata-token-ttl-seconds";

  private final HttpServer server;
  private final String instance;
  private final String token = UUID.randomUUID().toString();
  private volatile @Nullable String notice;
  private volatile @Nullable String rebalance;

  MetadataService(String instance) throws IOException {
    this.instance = instance;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /**
   * @param at when the machine goes
   */
  void notice(Instant at) {
    notice =
        "{\"action\": \"terminate\", \"time\": \"" + at.truncatedTo(ChronoUnit.SECONDS) + "\"}";
  }

  void rebalance(Instant now) {
    rebalance = "{\"noticeTime\": \"" + now.truncatedTo(ChronoUnit.SECONDS) + "\"}";
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    int code = 200;
    String body = null;
    if (path.equals("/latest/api/token") && exchange.getRequestMethod().equals("PUT")) {
      exchange.getResponseHeaders().set(TTL, exchange.getRequestHeaders().getFirst(TTL));
      body = token;
    } else if (!token.equals(exchange.getRequestHeaders().getFirst("x-aws-ec2-metadata-token"))) {
      code = 401;
    } else {
      body =
          switch (path) {
            case "/latest/meta-data/spot/instance-action" -> notice;
            case "/latest/meta-data/events/recommendations/rebalance" -> rebalance;
            case "/latest/meta-data/instance-id" -> instance;
            default -> null;
          };
      code = body == null ? 404 : 200;
    }
    byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
