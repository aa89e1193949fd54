package io.millrace.events.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An object that was written to a bucket, told by S3 itself or by EventBridge.
 *
 * @param key decoded
 * @param sequencer of this write: the same for every delivery and by either way; empty when it was
 *     not said
 */
public record Arrival(String bucket, String key, String sequencer) {
  public Arrival {
    if (bucket.isEmpty() || key.isEmpty()) {
      throw new EventInvalid(
          "object: s3://" + bucket + "/" + key + " (expected: a bucket's name and a key)");
    }
  }

  /** Whether the event is about objects, be they written or removed. */
  public static boolean isAbout(JsonNode event) {
    return event.path("Records").path(0).has("s3")
        || isTest(event)
        || (event.path("source").asText().equals("aws.s3")
            && event.path("detail").path("object").has("key"));
  }

  /**
   * The objects that were written; none for removals and for the test event that S3 sends when it
   * is set up.
   */
  public static List<Arrival> of(JsonNode event) {
    List<Arrival> arrivals = new ArrayList<>();
    for (JsonNode record : event.path("Records")) {
      if (record.path("eventName").asText().startsWith("ObjectCreated:")) {
        JsonNode object = record.path("s3").path("object");
        arrivals.add(
            new Arrival(
                record.path("s3").path("bucket").path("name").asText(),
                // S3 encodes keys as forms are; EventBridge does not
                decoded(object.path("key").asText()),
                object.path("sequencer").asText()));
      }
    }
    if (event.path("detail-type").asText().equals("Object Created")) {
      JsonNode detail = event.path("detail");
      arrivals.add(
          new Arrival(
              detail.path("bucket").path("name").asText(),
              detail.path("object").path("key").asText(),
              detail.path("object").path("sequencer").asText()));
    }
    return arrivals;
  }

  /** {@code s3://bucket/key}. */
  public String location() {
    return "s3://" + bucket + "/" + key;
  }

  private static boolean isTest(JsonNode event) {
    return event.path("Event").asText().equals("s3:TestEvent");
  }

  private static String decoded(String key) {
    try {
      return URLDecoder.decode(key, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new EventInvalid("object.key: " + key + " (expected: as S3 encodes it)");
    }
  }
}
