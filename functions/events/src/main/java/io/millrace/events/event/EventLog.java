package io.millrace.events.event;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object a line in the function's log. Holds ids, keys and reasons, and nothing of what
 * rows, labels or links say. Thread-safe.
 */
public final class EventLog {
  private final @Nullable Context context;

  /**
   * @param context null outside of Lambda: nothing is written then
   */
  public EventLog(@Nullable Context context) {
    this.context = context;
  }

  /** Something was done. */
  public void said(String what, Map<String, ?> facts) {
    write("INFO", what, facts);
  }

  /** An item of an event failed. */
  public void failed(String item, Exception failure) {
    write("ERROR", "failed", Map.of("item", item, "reason", reason(failure)));
  }

  private static String reason(Exception failure) {
    String text = failure.getClass().getSimpleName() + ": " + failure.getMessage();
    return text.length() <= 1000 ? text : text.substring(0, 999) + "…";
  }

  private void write(String level, String what, Map<String, ?> facts) {
    if (context == null) {
      return;
    }
    ObjectNode line = EventJson.mapper().createObjectNode();
    line.put("level", level).put("message", what).put("requestId", context.getAwsRequestId());
    facts.forEach((name, value) -> line.put(name, String.valueOf(value)));
    // the runtime adds no line break of its own everywhere
    context.getLogger().log(new String(EventJson.bytes(line), StandardCharsets.UTF_8).concat("\n"));
  }
}
