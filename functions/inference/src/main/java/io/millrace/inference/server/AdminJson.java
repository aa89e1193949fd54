package io.millrace.inference.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
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
    node.putArray("extensions").add("binary_tensor_data").add("model_repository(index)");
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
    if (!snapshot.shadows().isEmpty()) {
      ObjectNode shadows = node.putObject("shadows");
      snapshot
          .shadows()
          .forEach((version, share) -> shadows.put("" + version, share.doubleValue()));
    }
    ObjectNode problems = node.putObject("problems");
    snapshot.problems().forEach((version, problem) -> problems.put("" + version, problem));
    return bytes(node);
  }

  static byte[] stats(Fleet fleet, Instant since) {
    ObjectNode node = JSON.createObjectNode();
    ArrayNode versions = node.put("since", since.toString()).putArray("versions");
    Map<Integer, ShadowStats> shadows = fleet.shadowStats();
    fleet
        .stats()
        .forEach(
            (version, of) -> {
              ObjectNode entry = versions.addObject().put("version", version);
              window(entry, of.since(since));
              ShadowStats shadow = shadows.get(version);
              if (shadow != null) {
                shadow(entry.putObject("shadow"), shadow, since);
              }
            });
    return bytes(node);
  }

  /** Mirrored requests; the comparison is since the start. */
  private static void shadow(ObjectNode entry, ShadowStats shadow, Instant since) {
    window(entry, shadow.stats().since(since));
    ShadowStats.Comparison comparison = shadow.comparison();
    entry.put("dropped", comparison.dropped());
    entry.put("comparedRows", comparison.rows()).put("sameLabel", comparison.sameLabel());
    entry.put("meanDifference", comparison.meanDifference());
    entry.put("maxDifference", comparison.maxDifference());
  }

  private static void window(ObjectNode entry, VersionStats.Window window) {
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
  }

  /**
   * Every loaded version of every endpoint, as the protocol's model repository extension has it.
   */
  static byte[] index(Collection<Served> endpoints) {
    ArrayNode all = JSON.createArrayNode();
    for (Served served : endpoints) {
      Fleet.Snapshot snapshot = served.fleet().snapshot();
      for (int version : snapshot.backends().keySet()) {
        ObjectNode entry = all.addObject().put("name", served.name());
        entry.put("version", Integer.toString(version)).put("state", "READY").put("reason", "");
      }
      snapshot
          .problems()
          .forEach(
              (version, problem) -> {
                ObjectNode entry = all.addObject().put("name", served.name());
                entry.put("version", Integer.toString(version));
                entry.put("state", "UNAVAILABLE").put("reason", problem);
              });
    }
    return bytes(all);
  }

  private static byte[] bytes(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // plain values
    }
  }
}
