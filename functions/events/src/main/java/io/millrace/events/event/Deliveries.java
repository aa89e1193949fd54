package io.millrace.events.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Takes an event out of the envelopes it came in. */
public final class Deliveries {
  private Deliveries() {}

  /**
   * What somebody sent.
   *
   * @param id the same for every delivery of the same thing: the message's own, or the fallback
   */
  public record Delivery(String id, JsonNode event) {}

  /**
   * The events in an event: one for each record of SNS, one for an SNS envelope as it comes through
   * a queue, else the event itself.
   *
   * @param fallbackId for what has no id of its own
   * @throws EventInvalid when a message is no JSON object
   */
  public static List<Delivery> of(JsonNode event, String fallbackId) {
    if (event.path("Records").path(0).has("Sns")) {
      List<Delivery> deliveries = new ArrayList<>();
      for (JsonNode record : event.path("Records")) {
        deliveries.add(message(record.path("Sns")));
      }
      return deliveries;
    }
    if (event.path("Type").asText().equals("Notification") && event.has("Message")) {
      return List.of(message(event));
    }
    return List.of(new Delivery(fallbackId, event));
  }

  private static Delivery message(JsonNode sns) {
    return new Delivery(
        sns.path("MessageId").asText(), EventJson.object("Message", sns.path("Message").asText()));
  }
}
