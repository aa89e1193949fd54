package io.millrace.infra.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.log.FileLogSink;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.server.DesiredState;
import io.millrace.inference.server.ModelServer;
import io.millrace.inference.server.ServerConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The steps of {@code infra/bench/serving/run}: {@code package DIR} writes the net, {@code serve
 * DIR PORT} serves it with the prediction log on, {@code load OURS MLFLOW ROUNDS SECONDS} measures
 * both in turns and prints the bench's line.
 */
public final class ServingBench {
  private ServingBench() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    switch (args[0]) {
      case "package" -> ServingPackage.write(Path.of(args[1]));
      case "serve" -> serve(Path.of(args[1]), Integer.parseInt(args[2]));
      case "load" ->
          load(
              URI.create(args[1]),
              URI.create(args[2]),
              Integer.parseInt(args[3]),
              Duration.ofSeconds(Integer.parseInt(args[4])));
      default -> throw new IllegalArgumentException(args[0] + " (expected: package, serve, load)");
    }
  }

  private static void serve(Path dir, int port) throws IOException, InterruptedException {
    Path place = dir.resolve("package");
    String digest = PackageFiles.digest(place);
    DesiredState state =
        new DesiredState(1, "bench", List.of(new DesiredState.Version(1, "package", digest, 1)));
    ModelServer server =
        new ModelServer(
            ServerConfig.of("bench", port),
            () -> Optional.of(state),
            (prefix, wanted) -> place,
            new FileLogSink(Files.createDirectories(dir.resolve("log"))));
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    new CountDownLatch(1).await();
  }

  private static void load(URI ours, URI mlflow, int rounds, Duration duration) throws IOException {
    byte[] body = ServingPackage.request().getBytes(StandardCharsets.UTF_8);
    HttpLoad[] sides = {new HttpLoad(ours, body), new HttpLoad(mlflow, body)};
    String[] names = {"ours", "mlflow"};
    for (HttpLoad side : sides) {
      side.run(8, duration); // warm
    }
    Map<String, List<HttpLoad.Result>> results = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (int connections : new int[] {1, 8}) {
        for (int side = 0; side < sides.length; side++) {
          HttpLoad.Result result = sides[side].run(connections, duration);
          String name = names[side] + "-c" + connections;
          results.computeIfAbsent(name, n -> new ArrayList<>()).add(result);
          System.err.printf(
              "round %d %-9s %8.0f requests/s  p50 %7.3f ms  p99 %7.3f ms%n",
              round + 1, name, result.perSecond(), result.p50(), result.p99());
        }
      }
    }
    System.out.println(line(results, rounds));
  }

  /** A race between servers that answer differently would mean nothing. */
  private static void sameAnswer(URI ours, URI mlflow) throws IOException, InterruptedException {
    double[] scores = new double[2];
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (int side = 0; side < 2; side++) {
        HttpRequest request =
            HttpRequest.newBuilder(side == 0 ? ours : mlflow)
                .version(HttpClient.Version.HTTP_1_1)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(ServingPackage.request()))
                .build();
        String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        JsonNode first = new ObjectMapper().readTree(body).path("predictions").path(0);
        scores[side] = (first.isObject() ? first.path("score") : first).asDouble(Double.NaN);
      }
    }
    if (!(Math.abs(scores[0] - scores[1]) < 1e-5)) {
      throw new IllegalStateException(
          "scores: ours " + scores[0] + ", mlflow " + scores[1] + " (expected: the same)");
    }
  }

  /** The bench's line; {@code ours} is the figure at 8 connections, every figure is a median. */
  private static String line(Map<String, List<HttpLoad.Result>> results, int rounds)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode line = json.createObjectNode().put("bench", "serving").put("unit", "requests/s");
    line.put("ours", round(median(results, "ours-c8", 0)));
    ObjectNode peers = line.putObject("peers");
    ObjectNode ratio = line.putObject("ratio");
    for (String at : List.of("c1", "c8")) {
      double peer = median(results, "mlflow-" + at, 0);
      peers.put("mlflow-" + at, round(peer));
      ratio.put("mlflow-" + at, round(median(results, "ours-" + at, 0) / peer));
    }
    line.put("runs", rounds);
    ObjectNode detail = line.putObject("detail");
    for (String name : results.keySet()) {
      detail
          .putObject(name)
          .put("per_second", round(median(results, name, 0)))
          .put("p50_ms", round(median(results, name, 1)))
          .put("p99_ms", round(median(results, name, 2)));
    }
    return json.writeValueAsString(line);
  }

  private static double median(
      Map<String, List<HttpLoad.Result>> results, String name, int figure) {
    double[] sorted =
        results.getOrDefault(name, List.of()).stream()
            .mapToDouble(
                result ->
                    switch (figure) {
                      case 0 -> result.perSecond();
                      case 1 -> result.p50();
                      default -> result.p99();
                    })
            .sorted()
            .toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double round(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }
}
