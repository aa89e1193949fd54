package io.millrace.infra.market;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * EC2's endpoint as the market's customers see it: an emulator's, which never runs out of anything,
 * never fails and knows one price, with shortages, outages and prices put in front of it.
 */
final class Ec2Front implements AutoCloseable {
  /** What the client's chain puts in itself, and what {@link HttpClient} refuses to be given. */
  private static final Set<String> NOT_FORWARDED =
      Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding");

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI emulator;
  private final Map<String, AtomicInteger> droughts = new TreeMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final SpotPrices prices;

  /** Answers to orders by client token: EC2 fills an order once, the emulator as often as asked. */
  private final Map<String, byte[]> bought = new ConcurrentHashMap<>();

  private volatile Instant outageUntil = Instant.MIN;
  private volatile Runnable ordered = () -> {};

  /**
   * @param port of this machine; 0 for any
   */
  Ec2Front(URI emulator, SpotPrices prices, int port) throws IOException {
    this.emulator = emulator;
    this.prices = prices;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Calls that were made to fail. */
  int failed() {
    return failed.get();
  }

  /**
   * @param whom is told of every order that is let through or refused
   */
  void onOrder(Runnable whom) {
    ordered = whom;
  }

  synchronized void drought(String type, int orders) {
    droughts.put(type, new AtomicInteger(orders));
  }

  void outage(Duration lasts) {
    outageUntil = Instant.now().plus(lasts);
  }

  /** Ends everything. */
  synchronized void calm() {
    droughts.clear();
    outageUntil = Instant.MIN;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Map<String, String> form = form(new String(body, StandardCharsets.UTF_8));
      String action = form.getOrDefault("Action", "");
      if (action.equals("DescribeInstances") && Instant.now().isBefore(outageUntil)) {
        fail(exchange);
        return;
      }
      if (action.equals("DescribeSpotPriceHistory")) {
        reply(exchange, 200, prices.answer(values(form, "InstanceType")));
        return;
      }
      String token = action.equals("CreateFleet") ? form.getOrDefault("ClientToken", "") : "";
      byte[] before = bought.get(token);
      if (before != null) {
        reply(exchange, 200, before);
        return;
      }
      if (action.equals("CreateFleet")) {
        ordered.run();
        Map<String, String> left = withoutDroughts(form);
        if (left.isEmpty()) {
          reply(exchange, 200, Answers.nothingLeft(overrides(form), form));
          return;
        }
        body = encoded(left).getBytes(StandardCharsets.UTF_8);
      }
      byte[] answer = forward(exchange, body);
      if (answer != null && !token.isEmpty()) {
        bought.put(token, answer);
      }
    }
  }

  /** The ways an API is down: an error, a refusal to hurry, silence, a broken line. */
  private void fail(HttpExchange exchange) throws IOException {
    switch (failed.getAndIncrement() % 4) {
      case 0 -> reply(exchange, 503, Answers.error("Unavailable", "the service is unavailable"));
      case 1 -> reply(exchange, 503, Answers.error("RequestLimitExceeded", "slow down"));
      case 2 -> reply(exchange, 200, Answers.noInstances());
      default -> {
        // closed by the caller without an answer
      }
    }
  }

  /** The emulator's answer; null when it was a refusal. */
  private byte @Nullable [] forward(HttpExchange exchange, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(emulator.resolve(exchange.getRequestURI()))
            .timeout(Duration.ofSeconds(30))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
    try {
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      answer
          .headers()
          .firstValue("content-type")
          .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
      byte[] bytes = answer.body();
      exchange.sendResponseHeaders(answer.statusCode(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
      return answer.statusCode() == 200 ? bytes : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static void reply(HttpExchange exchange, int status, String xml) throws IOException {
    reply(exchange, status, xml.getBytes(StandardCharsets.UTF_8));
  }

  private static void reply(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/xml");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** The order with the overrides that can be had; empty when none can. */
  private synchronized Map<String, String> withoutDroughts(Map<String, String> form) {
    Set<String> dry = new TreeSet<>();
    for (Map<String, String> override : overrides(form)) {
      String type = override.getOrDefault("InstanceType", "");
      AtomicInteger left = droughts.get(type);
      if (left != null && left.get() > 0) {
        dry.add(type);
      }
    }
    dry.forEach(
        type -> {
          AtomicInteger left = droughts.get(type);
          if (left != null) {
            left.decrementAndGet();
          }
        });
    List<Map<String, String>> wet =
        overrides(form).stream()
            .filter(override -> !dry.contains(override.getOrDefault("InstanceType", "")))
            .toList();
    if (wet.isEmpty()) {
      return Map.of();
    }
    Map<String, String> changed = new LinkedHashMap<>();
    form.forEach(
        (name, value) -> {
          if (!name.startsWith(Answers.OVERRIDES)) {
            changed.put(name, value);
          }
        });
    for (int i = 0; i < wet.size(); i++) {
      String prefix = Answers.OVERRIDES + (i + 1) + ".";
      wet.get(i).forEach((name, value) -> changed.put(prefix + name, value));
    }
    return changed;
  }

  private static List<Map<String, String>> overrides(Map<String, String> form) {
    TreeMap<Integer, Map<String, String>> all = new TreeMap<>();
    form.forEach(
        (name, value) -> {
          if (name.startsWith(Answers.OVERRIDES)) {
            String[] parts = name.substring(Answers.OVERRIDES.length()).split("\\.", 2);
            if (parts.length == 2) {
              all.computeIfAbsent(Integer.parseInt(parts[0]), n -> new LinkedHashMap<>())
                  .put(parts[1], value);
            }
          }
        });
    return List.copyOf(all.values());
  }

  private static List<String> values(Map<String, String> form, String prefix) {
    List<String> values = new ArrayList<>();
    form.forEach(
        (name, value) -> {
          if (name.startsWith(prefix + ".")) {
            values.add(value);
          }
        });
    return values;
  }

  private static Map<String, String> form(String body) {
    Map<String, String> form = new LinkedHashMap<>();
    for (String pair : body.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        form.put(
            URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return form;
  }

  private static String encoded(Map<String, String> form) {
    List<String> pairs = new ArrayList<>();
    form.forEach(
        (name, value) ->
            pairs.add(
                URLEncoder.encode(name, StandardCharsets.UTF_8)
                    + "="
                    + URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return String.join("&", pairs);
  }

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }
}
