package io.millrace.events.labels;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.Buckets;
import io.millrace.workflows.labels.LabelBatch;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What the store says of a model's champion: what its labels look like. */
final class LabelledModel {
  private static final ObjectMapper YAML = new YAMLMapper();

  private final Buckets buckets;
  private final BucketPrefix store;

  LabelledModel(Buckets buckets, BucketPrefix store) {
    this.buckets = buckets;
    this.store = store;
  }

  /**
   * @throws EventInvalid when the model has no champion, or its spec names no id column
   */
  LabelBatch.Form form(String model) {
    String aliases = "models/" + Checks.name("model", model) + "/aliases/champion/";
    String head = null;
    for (String key : buckets.list(store.bucket(), store.key(aliases))) {
      if (key.matches(".*/\\d{10}\\.json")) {
        head = key;
      }
    }
    if (head == null) {
      throw new EventInvalid("model: " + model + " (expected: with a champion)");
    }
    try {
      JsonNode version = EventJson.mapper().readTree(bytes(head)).path("version");
      String prefix = "models/" + model + "/versions/" + version.path("version").asInt() + "/";
      JsonNode run = json(prefix + "version.json").path("run");
      String runId = run.isTextual() ? run.asText() : run.path("runId").asText();
      JsonNode spec =
          YAML.readTree(bytes(store.key("runs/" + Checks.name("run", runId) + "/spec.yaml")));
      JsonNode data = spec.path("data");
      if (!data.hasNonNull("id")) {
        throw new EventInvalid(
            "data.id: null (expected: the column that names a row, to join labels by)");
      }
      List<String> classes = new ArrayList<>();
      json(prefix + "model.json")
          .path("output")
          .path("classes")
          .forEach(name -> classes.add(name.asText()));
      Task task = EventJson.mapper().treeToValue(spec.path("task"), Task.class);
      return new LabelBatch.Form(
          data.path("id").asText(),
          data.path("target").asText(),
          task.scored() == Task.REGRESSION,
          classes);
    } catch (IOException e) {
      throw new IllegalStateException(
          "store: records of " + model + " (expected: as this release writes them)", e);
    }
  }

  private JsonNode json(String name) throws IOException {
    return EventJson.mapper().readTree(bytes(store.key(name)));
  }

  private byte[] bytes(String key) {
    return buckets
        .get(store.bucket(), key)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "object: s3://" + store.bucket() + "/" + key + " (expected: to be there)"));
  }
}
