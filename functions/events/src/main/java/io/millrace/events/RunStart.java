package io.millrace.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.event.Arrival;
import io.millrace.events.event.Deliveries;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.Lot;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A run that an event asks for: an S3 notification of a spec file, the same by EventBridge, either
 * of them or a plain request by SNS, or a plain {@link PipelineRequest}.
 *
 * @param id the same for every delivery of the same event
 */
record RunStart(String id, PipelineRequest request) {
  private static final ObjectMapper MAPPER = PayloadJson.mapper();

  RunStart {
    if (!id.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new EventInvalid("id: " + id + " (expected: letters, digits, '.', '_' and '-')");
    }
  }

  /** {@code ModelPipeline:event:<id>}. */
  String workflowId() {
    return "ModelPipeline:event:" + id;
  }

  /**
   * The runs of an event; none for an object that was removed and for S3's test event.
   *
   * @param fallbackId of a request that says no {@code id}: what brought it
   * @throws EventInvalid naming what is missing
   */
  static List<RunStart> of(JsonNode event, String fallbackId) {
    List<RunStart> starts = new ArrayList<>();
    Lot lot = new Lot();
    each(event, fallbackId, lot, starts::add);
    lot.end();
    return starts;
  }

  /** Gives each run to the taker; what fails of one thing of the event waits in the lot. */
  static void each(JsonNode event, String fallbackId, Lot lot, Consumer<RunStart> taker) {
    for (Deliveries.Delivery delivery : Deliveries.of(event, fallbackId)) {
      if (Arrival.isAbout(delivery.event())) {
        for (Arrival spec : Arrival.of(delivery.event())) {
          lot.add(() -> taker.accept(of(spec)));
        }
      } else {
        lot.add(() -> taker.accept(of(delivery)));
      }
    }
  }

  private static RunStart of(Deliveries.Delivery delivery) {
    JsonNode event = delivery.event();
    if (event.has("detail-type") && event.has("detail")) {
      return new RunStart(
          event.path("id").asText(),
          request(event.path("detail"), event.path("detail-type").asText()));
    }
    return new RunStart(event.path("id").asText(delivery.id()), request(event, "direct"));
  }

  private static RunStart of(Arrival spec) {
    if (!spec.key().toLowerCase(Locale.ROOT).matches(".*\\.(ya?ml|json)")) {
      throw new EventInvalid(
          "object.key: " + spec.key() + " (expected: a spec, ending in .yaml, .yml or .json)");
    }
    return new RunStart(
        PayloadJson.sha256(spec.location() + "#" + spec.sequencer()).substring(0, 32),
        request(MAPPER.createObjectNode().put("location", spec.location()), spec.location()));
  }

  private static PipelineRequest request(JsonNode body, String source) {
    if (!body.isObject()) {
      throw unreadable();
    }
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
    } catch (JsonProcessingException e) {
      throw unreadable();
    }
    throw unreadable();
  }

  private static EventInvalid unreadable() {
    return new EventInvalid(
        "event: {location} or {spec} is missing (expected: one of an S3 event, an EventBridge"
            + " event, an SNS event, {\"location\": …}, {\"spec\": {…}})");
  }
}
