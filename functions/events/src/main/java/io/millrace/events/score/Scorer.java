package io.millrace.events.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.event.Arrival;
import io.millrace.events.event.Deliveries;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.event.HttpCall;
import io.millrace.events.event.HttpReply;
import io.millrace.events.event.Lot;
import io.millrace.events.event.QueueBatch;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.Buckets;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Scores what an event brings. Thread-safe. */
public final class Scorer {
  private final Target target;
  private final Buckets buckets;
  private final ObjectScoring objects;
  private final @Nullable BucketPrefix output;

  /**
   * @param output where answers to messages of a queue go, {@code <prefix><message id>.json}; null
   *     for nowhere but the endpoint's own log
   */
  public Scorer(Target target, Buckets buckets, @Nullable BucketPrefix output) {
    this.target = target;
    this.buckets = buckets;
    this.objects = new ObjectScoring(buckets, target);
    this.output = output;
  }

  /**
   * The answer to an event.
   *
   * @param id of this invocation: for calls that have none of their own
   */
  public byte[] answer(JsonNode event, String id, EventLog log) {
    if (QueueBatch.isOne(event)) {
      return EventJson.bytes(QueueBatch.each(event, log, message -> message(message, log)));
    }
    var call = HttpCall.of(event);
    if (call.isPresent()) {
      return http(call.get(), id, log).bytes();
    }
    List<Deliveries.Delivery> deliveries = Deliveries.of(event, id);
    if (deliveries.stream().allMatch(delivery -> Arrival.isAbout(delivery.event()))) {
      Lot lot = new Lot();
      var results = EventJson.mapper().createArrayNode();
      deliveries.forEach(
          delivery ->
              Arrival.of(delivery.event())
                  .forEach(object -> lot.add(() -> results.add(object(object, log)))));
      lot.end();
      return EventJson.bytes(EventJson.mapper().createObjectNode().set("objects", results));
    }
    return EventJson.bytes(
        target.score("application/json", EventJson.bytes(event), requestId("direct", id)));
  }

  private void message(QueueBatch.Message message, EventLog log) {
    JsonNode body = EventJson.any(message.body());
    if (body.isObject()) {
      for (Deliveries.Delivery delivery : Deliveries.of(body, message.id())) {
        if (Arrival.isAbout(delivery.event())) {
          Arrival.of(delivery.event()).forEach(object -> object(object, log));
        } else {
          rows(EventJson.bytes(delivery.event()), "application/json", message.id(), log);
        }
      }
    } else if (body.isMissingNode()) {
      rows(message.body().getBytes(StandardCharsets.UTF_8), "text/csv", message.id(), log);
    } else {
      throw new EventInvalid("body: no object (expected: {\"instances\": […]} or CSV)");
    }
  }

  private void rows(byte[] body, String contentType, String messageId, EventLog log) {
    String key = output == null ? null : output.key(messageId + ".json");
    if (output != null && key != null && buckets.head(output.bucket(), key).isPresent()) {
      return;
    }
    JsonNode answer = target.score(contentType, body, requestId("message", messageId));
    if (output != null && key != null) {
      buckets.create(output.bucket(), key, EventJson.bytes(answer));
    }
    log.said("scored", Map.of("message", messageId, "rows", answer.path("predictions").size()));
  }

  private ObjectNode object(Arrival object, EventLog log) {
    ObjectScoring.Result result = objects.score(object);
    Map<String, Object> facts = new TreeMap<>();
    facts.put("object", object.location());
    facts.put("scored", result.scored());
    facts.put("rows", result.rows());
    facts.put("refused", result.refused());
    log.said("object", facts);
    ObjectNode answer = EventJson.mapper().createObjectNode().put("object", object.location());
    if (result.key() != null) {
      answer.put("predictions", "s3://" + object.bucket() + "/" + result.key());
    }
    return answer
        .put("scored", result.scored())
        .put("rows", result.rows())
        .put("refused", result.refused());
  }

  private HttpReply http(HttpCall call, String id, EventLog log) {
    if (!call.method().equals("POST")) {
      return HttpReply.error(405, "method: " + call.method() + " (expected: POST)");
    }
    String type = call.contentType().isEmpty() ? "application/json" : call.contentType();
    try {
      String requestId = call.headers().getOrDefault("x-request-id", "");
      return HttpReply.json(
          200,
          target.score(
              type, call.body(), requestId.matches("[!-~]{1,128}") ? requestId : "api-" + id));
    } catch (Target.Refused e) {
      return HttpReply.error(e.status(), String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.failed("api", e);
      return HttpReply.error(503, "the model does not answer now (expected: later)");
    }
  }

  /** Ids of messages are not ours: what a header may not hold is left out. */
  private static String requestId(String kind, String id) {
    String plain = id.matches("[!-~]{1,100}") ? id : Marks.of(id);
    return kind + "-" + plain;
  }
}
