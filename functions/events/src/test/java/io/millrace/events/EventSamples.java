package io.millrace.events;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.events.event.EventJson;
import java.io.IOException;
import java.io.InputStream;

/** Events as their sources send them, {@code src/test/resources/events}. */
public final class EventSamples {
  private EventSamples() {}

  public static JsonNode event(String name) throws IOException {
    try (InputStream in = EventSamples.class.getResourceAsStream("/events/" + name)) {
      return EventJson.read(in);
    }
  }
}
