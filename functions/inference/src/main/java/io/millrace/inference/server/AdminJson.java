package io.millrace.inference.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;

/** Bodies of health and admin answers. */
final class AdminJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AdminJson() {}

  static byte[] ready(String name, boolean ready) {
    return bytes(JSON.createObjectNode().put("name", name).put("ready", ready));
  }

  static byte[] flag(String name, boolean value) {
    return bytes(JSON.createObjectNode().put(name, value));
  }

  static byte[] server() {
    ObjectNode node = JSON.createObjectNode().put("name", "millrace");
    String version = AdminJson.class.getPackage().getImplementationVersion();
    node.put("version", version == null ? "dev" : version);
    node.putArray("extensions");
    return bytes(node);
  }

  static byte[] state(Fleet.Snapshot snapshot) {
    ObjectNode node = JSON.createObjectNode();
    node.put("seq", snapshot.seq()).put("wanted", snapshot.wanted());
    ObjectNode weights = node.putObject("weights");
    ArrayNode ready = JSON.createArrayNode();
    for (int version : snapshot.backends().keySet()) {
      weights.put(
          Integer.toString(version), snapshot.weights().getOrDefault(version, 0.0).doubleValue());
      ready.add(version);
    }
    node.set("ready", ready);
    ObjectNode problems = node.putObject("problems");
    snapshot.problems().forEach((version, problem) -> problems.put("" + version, problem));
    return bytes(node);
  }

  static byte[] stats(Map<Integer, VersionStats> stats, Instant since) {
    ObjectNode node = JSON.createObjectNode();
    ArrayNode versions = node.put("since", since.toString()).putArray("versions");
    stats.forEach(
        (version, of) -> {
          VersionStats.Window window = of.since(since);
          ObjectNode entry = versions.addObject().put("version", version);
          entry.put("requests", window.requests).put("errors", window.errors);
          entry.put("invalid", window.invalid).put("rows", window.rows);
          entry.put("p50", window.latency.millis(0.5)).put("p99", window.latency.millis(0.99));
          ArrayNode latency = entry.putArray("latency");
          for (int count : window.latency.counts()) {
            latency.add(count);
          }
          ArrayNode scores = entry.putArray("scores");
          for (long count : window.scores) {
            scores.add(count);
          }
          if (window.rows > 0) {
            entry.put("scoreMean", window.scoreMean());
            entry.put("scoreVariance", window.scoreVariance());
          }
        });
    return bytes(node);
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // plain values
    }
  }
}
