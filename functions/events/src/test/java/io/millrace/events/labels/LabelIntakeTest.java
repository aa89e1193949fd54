package io.millrace.events.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.EventSamples;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.MemoryBuckets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LabelIntakeTest {
  private static final EventLog SILENT = new EventLog(null);
  private static final Instant MONDAY = Instant.parse("2026-03-02T10:00:00Z");
  private final MemoryBuckets buckets = new MemoryBuckets();

  /** As the registry leaves it. */
  @BeforeEach
  void champion() {
    String digest = "ab".repeat(32);
    put(
        "models/credit/aliases/champion/0000000001.json",
        "{\"version\":{\"name\":\"credit\",\"version\":1,\"digest\":\"" + digest + "\"}}");
    put(
        "models/credit/aliases/champion/0000000002.json",
        "{\"version\":{\"name\":\"credit\",\"version\":2,\"digest\":\"" + digest + "\"}}");
    put("models/credit/versions/2/version.json", "{\"run\":\"credit-2\"}");
    put(
        "models/credit/versions/2/model.json",
        "{\"output\":{\"name\":\"repaid\",\"classes\":[\"0\",\"1\"]}}");
    put("runs/credit-2/spec.yaml", "task: binary\ndata:\n  id: id\n  target: repaid\n");
  }

  private void put(String key, String text) {
    buckets.put("store", "mr/" + key, text);
  }

  private LabelIntake intake(String model, Instant now) {
    return new LabelIntake(
        buckets, new BucketPrefix("store", "mr/"), model, InstantSource.fixed(now));
  }

  private JsonNode answer(JsonNode event) throws IOException {
    return EventJson.mapper().readTree(intake(null, MONDAY).answer(event, SILENT));
  }

  private List<String> stored() {
    return buckets.list("store", "mr/labels/");
  }

  @Test
  void answer_toAQueue_addsOnceAndReturnsTheBadMessage() throws IOException {
    JsonNode answer = answer(EventSamples.event("sqs-labels.json"));

    assertThat(answer)
        .isEqualTo(EventJson.any("{\"batchItemFailures\":[{\"itemIdentifier\":\"l-bad\"}]}"));
    assertThat(stored()).hasSize(1);
    assertThat(stored().getFirst())
        .matches("mr/labels/credit/dt=2026-03-02/[0-9a-f]{64}\\.jsonl\\.gz");
    byte[] content = buckets.get("store", stored().getFirst()).orElseThrow();
    assertThat(
            new String(
                new GZIPInputStream(new ByteArrayInputStream(content)).readAllBytes(),
                StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"at\":\"2026-03-02T10:00:00Z\",\"id\":\"7\",\"label\":\"1\"}\n"
                + "{\"at\":\"2026-03-02T10:00:00Z\",\"id\":\"8\",\"label\":\"0\"}\n");
  }

  @Test
  void answer_toAnObjectOfTheSameLabelsAnotherDay_addsNothing() throws IOException {
    answer(EventSamples.event("sqs-labels.json"));
    buckets.put("in", "labels/credit/march.csv", "id,repaid,note\n8,0,\"a\nb\"\n7,1.0,\n");
    JsonNode answer =
        EventJson.mapper()
            .readTree(
                intake(null, MONDAY.plusSeconds(200_000))
                    .answer(EventSamples.event("eventbridge-labels.json"), SILENT));

    assertThat(answer.path("labels").path(0).path("added").asBoolean()).isFalse();
    assertThat(answer.path("labels").path(0).path("rows").asInt()).isEqualTo(2);
    assertThat(stored()).hasSize(1);
  }

  @Test
  void answer_toAnObjectWithoutTheTarget_namesTheColumn() throws IOException {
    buckets.put("in", "labels/credit/march.csv", "id,y\n8,0\n");
    JsonNode event = EventSamples.event("eventbridge-labels.json");

    assertThatThrownBy(() -> answer(event))
        .isInstanceOf(EventInvalid.class)
        .hasMessage("column repaid: missing (expected: columns id and repaid)");
  }

  @Test
  void answer_toBadLabels_saysWhatLabelsAddSays() throws IOException {
    buckets.put("in", "labels/credit/march.csv", "id,repaid\n8,maybe\n,1\n7,1\n7,0\n");
    JsonNode event = EventSamples.event("eventbridge-labels.json");

    assertThatThrownBy(() -> answer(event))
        .isInstanceOf(EventInvalid.class)
        .hasMessage(
            "row 1, repaid: maybe (expected: one of [0, 1]); row 2, id: empty (expected: an id);"
                + " row 4, id: twice with different labels (expected: one)");
    assertThat(stored()).isEmpty();
  }

  @Test
  void answer_overHttp_addsOrSaysWhy() throws IOException {
    ObjectNode event = (ObjectNode) EventSamples.event("http-api.json");
    event.put("body", "{\"model\":\"credit\",\"labels\":[{\"id\":7,\"repaid\":1}]}");
    JsonNode added = answer(event);
    event.put("body", "{\"model\":\"churn\",\"labels\":[{\"id\":7,\"repaid\":1}]}");
    JsonNode unknown = answer(event);
    ObjectNode csv = (ObjectNode) EventSamples.event("rest-api.json");
    csv.put("isBase64Encoded", false).put("body", "id,repaid\n9,1\n");
    csv.putObject("queryStringParameters").put("model", "credit");

    assertThat(added.path("statusCode").asInt()).isEqualTo(200);
    assertThat(EventJson.any(added.path("body").asText()).path("added").asBoolean()).isTrue();
    assertThat(unknown.path("statusCode").asInt()).isEqualTo(400);
    assertThat(unknown.path("body").asText())
        .isEqualTo("{\"error\":\"model: churn (expected: with a champion)\"}");
    assertThat(answer(csv).path("statusCode").asInt()).isEqualTo(200);
    assertThat(stored()).hasSize(2);
  }

  @Test
  void answer_ofAFunctionOfOneModel_refusesAnother() {
    JsonNode event = EventJson.any("{\"model\":\"churn\",\"labels\":[{\"id\":7,\"repaid\":1}]}");

    assertThatThrownBy(() -> intake("credit", MONDAY).answer(event, SILENT))
        .hasMessage("model: churn (expected: credit)");
  }
}
