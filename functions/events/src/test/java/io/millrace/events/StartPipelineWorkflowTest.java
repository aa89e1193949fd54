package io.millrace.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartPipelineWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private JsonNode start(JsonNode event) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new StartPipeline(bed.client())
        .handleRequest(new ByteArrayInputStream(EventJson.bytes(event)), out, null);
    return EventJson.mapper().readTree(out.toByteArray());
  }

  private JsonNode start(String name) throws IOException {
    return start(EventSamples.event(name));
  }

  @ParameterizedTest
  @CsvSource({
    "s3.json, s3://specs/credit/my pipeline.yaml",
    "eventbridge-s3.json, s3://specs/credit/pipeline.yaml",
    "eventbridge.json, s3://specs/credit/pipeline.yaml",
    "sns.json, s3://specs/credit/pipeline.yaml",
    "sns-s3.json, s3://specs/credit/my pipeline.yaml",
    "direct.json, s3://specs/credit/pipeline.yaml"
  })
  void event_saysWhichSpecAndWhy(String file, String location) throws IOException {
    PipelineRequest request =
        RunStart.of(EventSamples.event(file), "fallback").getFirst().request();

    assertThat(request.location()).isEqualTo(location);
    assertThat(request.trigger())
        .isNotNull()
        .satisfies(trigger -> assertThat(trigger.cause()).isEqualTo("event"));
    assertThat(request.number()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "eventbridge.json, 7bf73129-1428-4cd3-a780-95db273d1602",
    "sns.json, 95df01b4-ee98-5cb9-9903-4c221d41eb5e",
    "direct.json, fallback"
  })
  void event_hasTheIdOfItsSource(String file, String id) throws IOException {
    assertThat(RunStart.of(EventSamples.event(file), "fallback").getFirst().workflowId())
        .isEqualTo("ModelPipeline:event:" + id);
  }

  @Test
  void event_ofOneWriteToldByS3AndBySns_isOne() throws IOException {
    assertThat(RunStart.of(EventSamples.event("sns-s3.json"), "a").getFirst().id())
        .isEqualTo(RunStart.of(EventSamples.event("s3.json"), "b").getFirst().id());
  }

  @Test
  void request_withAnIdOfItsOwn_keepsIt() {
    JsonNode event = EventJson.any("{\"id\":\"nightly-7\",\"location\":\"s3://a/b.yaml\"}");

    assertThat(RunStart.of(event, "fallback").getFirst().id()).isEqualTo("nightly-7");
    assertThatThrownBy(() -> RunStart.of(EventJson.any("{\"id\":\"a b\",\"location\":\"x\"}"), "f"))
        .isInstanceOf(EventInvalid.class)
        .hasMessage("id: a b (expected: letters, digits, '.', '_' and '-')");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3-removed.json", "s3-test.json"})
  void event_ofARemovalOrATest_startsNothing(String file) throws IOException {
    assertThat(start(file)).isEqualTo(EventJson.any("{\"runs\":[]}"));
  }

  @Test
  void event_thatSaysNothing_isRefused() {
    assertThatThrownBy(() -> start("nonsense.json"))
        .isInstanceOf(EventInvalid.class)
        .hasMessageContaining("event: {location} or {spec} is missing");
  }

  @Test
  void start_ofTheSameEventTwice_startsOneRun() throws IOException {
    JsonNode first = start("s3.json").path("runs").path(0);
    PipelineOutcome outcome =
        bed.client()
            .newUntypedWorkflowStub(first.path("workflowId").asText())
            .getResult(PipelineOutcome.class);
    JsonNode second = start("s3.json").path("runs").path(0);

    assertThat(first.path("started").asBoolean()).isTrue();
    assertThat(second.path("started").asBoolean()).isFalse();
    assertThat(second.path("workflowId")).isEqualTo(first.path("workflowId"));
    assertThat(outcome.result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }

  @Test
  void start_ofTwoRecordsOfWhichOneIsNoSpec_startsTheOtherAndFails() throws IOException {
    JsonNode event = EventSamples.event("s3-two.json");
    assertThatThrownBy(() -> start(event))
        .isInstanceOf(EventInvalid.class)
        .hasMessage("object.key: notes.txt (expected: a spec, ending in .yaml, .yml or .json)");

    JsonNode good = event.deepCopy();
    ((com.fasterxml.jackson.databind.node.ArrayNode) good.path("Records")).remove(0);
    // the second record's run is there already
    assertThat(start(good).path("runs").path(0).path("started").asBoolean()).isFalse();
  }

  @Test
  void start_ofAQueue_returnsTheBadMessageAlone() throws IOException {
    JsonNode failures = start("sqs-starts.json");

    assertThat(failures)
        .isEqualTo(
            EventJson.any(
                "{\"batchItemFailures\":"
                    + "[{\"itemIdentifier\":\"2e1424d4-f796-459a-8184-9c92662be6da\"}]}"));
    assertThat(
            bed.client()
                .newUntypedWorkflowStub("ModelPipeline:event:059f36b4-87a3-44ab-83d2-661975830a7d")
                .getResult(PipelineOutcome.class)
                .result())
        .isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }
}
