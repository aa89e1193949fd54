package io.millrace.events.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** JSON of events, with bounds. */
public final class EventJson {
  /** The platform's own limit of an event. */
  private static final int MAX_BYTES = 6 << 20;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(64)
                      // an event of http or of a queue carries its body as one text
                      .maxStringLength(8 << 20)
                      .build())
              .build());

  private EventJson() {}

  /** The shared mapper: do not reconfigure. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /**
   * An event.
   *
   * @throws EventInvalid when it is no JSON object
   */
  public static JsonNode read(InputStream input) throws IOException {
    byte[] bytes = input.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new EventInvalid("event: more than 6 MB (expected: at most 6 MB)");
    }
    return object("event", new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * A text that must be a JSON object.
   *
   * @throws EventInvalid naming the field when it is none
   */
  public static JsonNode object(String field, String text) {
    JsonNode node = any(text);
    if (!node.isObject()) {
      throw new EventInvalid(field + ": no JSON object (expected: a JSON object)");
    }
    return node;
  }

  /** A text as JSON; missing when it is none. */
  public static JsonNode any(String text) {
    try {
      JsonNode node = MAPPER.readTree(text);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  /** As bytes, UTF-8. */
  public static byte[] bytes(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // trees and plain records
    }
  }
}
