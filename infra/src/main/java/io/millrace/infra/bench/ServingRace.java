package io.millrace.infra.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Measures servers in turns: one row and 64 rows in a request, over 1, 8 and 64 connections. Every
 * figure is the median of the rounds. {@code ratio} is of the requests per second, {@code
 * p99_ratio} of the 99th percentiles of the latency; both are in our favour above 1.
 */
final class ServingRace {
  private static final int[] CONNECTIONS = {1, 8, 64};
  private final String bench;
  private final int[] rowsOfRequests;

  /**
   * @param bench its name
   * @param rowsOfRequests 1 among them
   */
  ServingRace(String bench, int... rowsOfRequests) {
    this.bench = bench;
    this.rowsOfRequests = rowsOfRequests;
  }

  /**
   * @param sides ours first
   * @return the bench's line
   */
  String run(List<ServingSide> sides, int rounds, Duration each) throws JsonProcessingException {
    Map<String, List<HttpLoad.Result>> results = new LinkedHashMap<>();
    for (ServingSide side : sides) {
      for (int rows : rowsOfRequests) {
        load(side, rows).run(8, each); // warm
      }
    }
    for (int round = 1; round <= rounds; round++) {
      for (int rows : rowsOfRequests) {
        for (int connections : CONNECTIONS) {
          for (ServingSide side : sides) {
            HttpLoad.Result result = load(side, rows).run(connections, each);
            String name = key(side.name(), rows, connections);
            results.computeIfAbsent(name, n -> new ArrayList<>()).add(result);
            System.err.printf(
                "round %d %-16s %8.0f requests/s  p50 %8.3f ms  p99 %8.3f ms%n",
                round, name, result.perSecond(), result.p50(), result.p99());
          }
        }
      }
    }
    return line(sides, results, rounds);
  }

  private static HttpLoad load(ServingSide side, int rows) {
    return new HttpLoad(side.url(), ServingPackage.request(rows).getBytes(StandardCharsets.UTF_8));
  }

  private static String key(String side, int rows, int connections) {
    return side + (rows == 1 ? "" : "-b" + rows) + "-c" + connections;
  }

  private String line(
      List<ServingSide> sides, Map<String, List<HttpLoad.Result>> results, int rounds)
      throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();
    String ours = sides.getFirst().name();
    ObjectNode line = json.createObjectNode().put("bench", bench).put("unit", "requests/s");
    line.put("ours", median(results, key(ours, 1, 8), HttpLoad.Result::perSecond));
    ObjectNode peers = line.putObject("peers");
    ObjectNode ratio = line.putObject("ratio");
    ObjectNode p99 = line.putObject("p99_ratio");
    for (ServingSide side : sides.subList(1, sides.size())) {
      for (int rows : rowsOfRequests) {
        for (int connections : CONNECTIONS) {
          String theirs = key(side.name(), rows, connections);
          String own = key(ours, rows, connections);
          double peer = median(results, theirs, HttpLoad.Result::perSecond);
          peers.put(theirs, peer);
          ratio.put(theirs, round(median(results, own, HttpLoad.Result::perSecond) / peer));
          p99.put(
              theirs,
              round(
                  median(results, theirs, HttpLoad.Result::p99)
                      / median(results, own, HttpLoad.Result::p99)));
        }
      }
    }
    line.put("runs", rounds);
    ObjectNode resident = line.putObject("rss_mb");
    sides.forEach(side -> resident.put(side.name(), round(side.residentMegabytes())));
    ObjectNode detail = line.putObject("detail");
    for (String name : results.keySet()) {
      detail
          .putObject(name)
          .put("per_second", median(results, name, HttpLoad.Result::perSecond))
          .put("p50_ms", median(results, name, HttpLoad.Result::p50))
          .put("p99_ms", median(results, name, HttpLoad.Result::p99));
    }
    return json.writeValueAsString(line);
  }

  private static double median(
      Map<String, List<HttpLoad.Result>> results,
      String name,
      ToDoubleFunction<HttpLoad.Result> figure) {
    double[] sorted =
        results.getOrDefault(name, List.of()).stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return round(
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }

  private static double round(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }
}
