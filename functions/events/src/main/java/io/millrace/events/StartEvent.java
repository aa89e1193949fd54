package io.millrace.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What an event asks for: an S3 notification of a spec file, the same by EventBridge, either of
 * them or a plain request by SNS, or a plain {@link PipelineRequest}.
 *
 * @param id the same for every delivery of the same event
 */
record StartEvent(String id, PipelineRequest request) {
  private static final ObjectMapper MAPPER = PayloadJson.mapper();

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code REQUEST_INVALID} naming what is missing
   */
  static StartEvent of(JsonNode event) {
    JsonNode record = event.path("Records").path(0);
    if (record.has("s3")) {
      JsonNode s3 = record.path("s3");
      String key =
          URLDecoder.decode(s3.path("object").path("key").asText(), StandardCharsets.UTF_8);
      return object(
          s3.path("bucket").path("name").asText(),
          key,
          s3.path("object").path("sequencer").asText());
    }
    if (record.has("Sns")) {
      return message(record.path("Sns"));
    }
    if (event.has("detail-type") && event.has("detail")) {
      JsonNode detail = event.path("detail");
      if (detail.has("bucket") && detail.has("object")) {
        return object(
            detail.path("bucket").path("name").asText(),
            detail.path("object").path("key").asText(),
            detail.path("object").path("sequencer").asText());
      }
      return new StartEvent(
          word(event.path("id").asText()), request(detail, event.path("detail-type").asText()));
    }
    return new StartEvent(PayloadJson.digest(event).substring(0, 16), request(event, "direct"));
  }

  private static StartEvent message(JsonNode sns) {
    try {
      StartEvent inner = of(MAPPER.readTree(sns.path("Message").asText()));
      return new StartEvent(word(sns.path("MessageId").asText()), inner.request());
    } catch (JsonProcessingException e) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "Message: not JSON (expected: a request or an S3 event)");
    }
  }

  private static StartEvent object(String bucket, String key, String sequencer) {
    if (bucket.isEmpty() || !key.toLowerCase(Locale.ROOT).matches(".*\\.(ya?ml|json)")) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "object.key: " + key + " (expected: a spec, ending in .yaml, .yml or .json)");
    }
    String location = "s3://" + bucket + "/" + key;
    return new StartEvent(
        PayloadJson.sha256(location + "#" + sequencer).substring(0, 16),
        request(MAPPER.createObjectNode().put("location", location), location));
  }

  private static PipelineRequest request(JsonNode body, String source) {
    try {
      ObjectNode mine = body.deepCopy();
      // the steward's own fields are not for others to set
      mine.remove("number");
      mine.remove("recent");
      if (!mine.has("trigger")) {
        mine.putObject("trigger").put("cause", "event").put("detail", source);
      }
      PipelineRequest request = MAPPER.treeToValue(mine, PipelineRequest.class);
      if (request.objection() == null) {
        return request;
      }
    } catch (JsonProcessingException | ClassCastException e) {
      throw unreadable();
    }
    throw unreadable();
  }

  private static RuntimeException unreadable() {
    return Failures.of(
        FailureType.REQUEST_INVALID,
        "event: {location} or {spec} is missing (expected: one of an S3 event, an EventBridge"
            + " event, an SNS event, {\"location\": …}, {\"spec\": {…}})");
  }

  private static String word(String id) {
    if (!id.matches("[A-Za-z0-9-]{1,100}")) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "id: " + id + " (expected: letters, digits and '-')");
    }
    return id;
  }
}
