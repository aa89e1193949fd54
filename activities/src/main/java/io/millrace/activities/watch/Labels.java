package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What came true, {@code labels/<model>/dt=<day added>/<sha256>.jsonl.gz}: lines of {@code
 * {"at":"…","id":"…","label":"…"}}, both texts, {@code id} what predictions log as the entity. The
 * digest is over ids and labels, so a file added again adds nothing. A row that is labelled twice
 * has the label with the latest {@code at}.
 */
public final class Labels {
  private static final int SHOWN = 5;
  private final ObjectStore store;
  private final InstantSource clock;

  /**
   * @param clock dates the files; nothing that is measured depends on it
   */
  public Labels(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * @param added false when the same labels were there already
   */
  public record Added(String key, long rows, boolean added) {}

  /**
   * Adds a CSV (also gz) or JSON lines file with the model's id column and target column.
   *
   * @return {@code REQUEST_INVALID} as a failure when a column is missing, an id is empty or twice
   *     with different labels, or a label is none of the model's classes (a number, for
   *     regression); nothing is added then. {@code NOT_FOUND} when the model has no champion
   */
  public Added add(String model, Path file) {
    WatchedVersion version =
        WatchedVersion.champion(store, model)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND, "model: " + model + " (expected: with a champion)"));
    String id = version.spec().data().id();
    if (id == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "data.id: null (expected: the column that names a row, to join labels by)");
    }
    String target = version.spec().data().target();
    List<LabelFile.Row> rows = LabelFile.read(file, id, target);
    Map<String, String> labels = checked(rows, version, id, target);
    StringBuilder content = new StringBuilder();
    labels.forEach((k, v) -> content.append(k).append('\0').append(v).append('\n'));
    String sha256 = PayloadJson.sha256(content.toString());
    String prefix = prefix(model);
    for (String key : store.list(prefix)) {
      if (key.endsWith("/" + sha256 + ".jsonl.gz")) {
        return new Added(key, labels.size(), false);
      }
    }
    Instant now = clock.instant();
    String key =
        prefix + "dt=" + now.atZone(ZoneOffset.UTC).toLocalDate() + "/" + sha256 + ".jsonl.gz";
    return new Added(key, labels.size(), store.create(key, lines(labels, now)));
  }

  /** How many label files the model has; files are only ever added. */
  int files(String model) {
    return store.list(prefix(model)).size();
  }

  /** The labels of some entities, in their plainest form. */
  Map<String, String> of(String model, Set<String> entities) {
    Map<String, String> labels = new HashMap<>();
    Map<String, Instant> times = new HashMap<>();
    for (String key : store.list(prefix(model))) {
      if (!key.endsWith(".jsonl.gz")) {
        continue;
      }
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          JsonNode row = PayloadJson.mapper().readTree(line);
          String id = row.path("id").asText();
          Instant at = Instant.parse(row.path("at").asText());
          if (entities.contains(id) && !at.isBefore(times.getOrDefault(id, Instant.MIN))) {
            labels.put(id, LabelText.plain(row.path("label").asText()));
            times.put(id, at);
          }
        }
      } catch (IOException e) {
        throw WatchedVersion.unreadable(key, e);
      }
    }
    return labels;
  }

  private static String prefix(String model) {
    return "labels/" + Checks.name("model", model) + "/";
  }

  /** By id, so that the order of a file does not matter. */
  private static Map<String, String> checked(
      List<LabelFile.Row> rows, WatchedVersion version, String id, String target) {
    Set<String> classes =
        version.manifest().output().classes().stream()
            .map(LabelText::plain)
            .collect(Collectors.toSet());
    boolean regression = version.spec().task().scored() == Task.REGRESSION;
    List<String> problems = new ArrayList<>();
    Map<String, String> labels = new TreeMap<>();
    for (LabelFile.Row row : rows) {
      String label = LabelText.plain(row.label());
      if (row.id().isBlank()) {
        problems.add("row " + row.number() + ", " + id + ": empty (expected: an id)");
      } else if (regression ? !number(label) : !classes.contains(label)) {
        String expected = regression ? "a number" : "one of " + classes.stream().sorted().toList();
        problems.add(
            "row "
                + row.number()
                + ", "
                + target
                + ": "
                + shown(row.label())
                + " (expected: "
                + expected
                + ")");
      } else {
        String other = labels.put(row.id().strip(), label);
        if (other != null && !other.equals(label)) {
          problems.add(
              "row " + row.number() + ", " + id + ": twice with different labels (expected: one)");
        }
      }
    }
    if (labels.isEmpty() && problems.isEmpty()) {
      problems.add("rows: 0 (expected: > 0)");
    }
    if (!problems.isEmpty()) {
      String more = problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : "";
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size()))) + more);
    }
    return labels;
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private static boolean number(String text) {
    try {
      return Double.isFinite(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static byte[] lines(Map<String, String> labels, Instant at) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (Map.Entry<String, String> row : labels.entrySet()) {
        Map<String, String> line = new TreeMap<>();
        line.put("at", at.toString());
        line.put("id", row.getKey());
        line.put("label", row.getValue());
        out.write(PayloadJson.mapper().writeValueAsBytes(line));
        out.write('\n');
      }
    } catch (IOException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "labels: cannot be written as JSON");
    }
    return bytes.toByteArray();
  }
}
