package io.millrace.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowStub;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventsWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private static JsonNode sample(String name) throws IOException {
    try (InputStream in = EventsWorkflowTest.class.getResourceAsStream("/events/" + name)) {
      return PayloadJson.mapper().readTree(in);
    }
  }

  private JsonNode start(String name) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new StartPipeline(bed.client())
        .handleRequest(EventsWorkflowTest.class.getResourceAsStream("/events/" + name), out, null);
    return PayloadJson.mapper().readTree(out.toByteArray());
  }

  @ParameterizedTest
  @CsvSource({
    "s3.json, s3://specs/credit/my pipeline.yaml",
    "eventbridge-s3.json, s3://specs/credit/pipeline.yaml",
    "eventbridge.json, s3://specs/credit/pipeline.yaml",
    "sns.json, s3://specs/credit/pipeline.yaml",
    "direct.json, s3://specs/credit/pipeline.yaml"
  })
  void event_saysWhichSpecAndWhy(String file, String location) throws IOException {
    PipelineRequest request = StartEvent.of(sample(file)).request();

    assertThat(request.location()).isEqualTo(location);
    assertThat(request.trigger())
        .isNotNull()
        .satisfies(trigger -> assertThat(trigger.cause()).isEqualTo("event"));
    assertThat(request.number()).isNull();
  }

  @Test
  void event_thatSaysNothing_isRefused() {
    assertThatThrownBy(() -> StartEvent.of(sample("nonsense.json")))
        .hasMessageContaining("event: {location} or {spec} is missing");
  }

  @Test
  void start_ofTheSameEventTwice_startsOneRun() throws IOException {
    JsonNode first = start("s3.json");
    PipelineOutcome outcome =
        bed.client()
            .newUntypedWorkflowStub(first.path("workflowId").asText())
            .getResult(PipelineOutcome.class);
    JsonNode second = start("s3.json");

    assertThat(first.path("started").asBoolean()).isTrue();
    assertThat(second.path("started").asBoolean()).isFalse();
    assertThat(second.path("workflowId")).isEqualTo(first.path("workflowId"));
    assertThat(outcome.result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }

  @Test
  void approve_answersForAPerson() throws IOException {
    bed.specs.spec(Samples.withApproval(1, Duration.ofDays(3)));
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "waiting-approval");
    byte[] answer =
        "{\"run\":\"credit-1\",\"who\":\"ann\",\"role\":\"risk-officer\",\"accept\":true,\"reason\":\"ok\"}"
            .getBytes(StandardCharsets.UTF_8);

    new Approve(bed.client())
        .handleRequest(new ByteArrayInputStream(answer), new ByteArrayOutputStream(), null);

    assertThat(WorkflowStub.fromTyped(run).getResult(PipelineOutcome.class).result())
        .isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }
}
