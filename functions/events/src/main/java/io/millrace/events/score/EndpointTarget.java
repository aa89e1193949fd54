package io.millrace.events.score;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.client.Call;
import io.millrace.inference.client.CallFailed;
import io.millrace.inference.client.ModelClient;

/** An endpoint over HTTP, which keeps its address whatever version is champion. */
public final class EndpointTarget implements Target {
  private final ModelClient client;

  public EndpointTarget(ModelClient client) {
    this.client = client;
  }

  @Override
  public JsonNode score(String contentType, byte[] body, String requestId) {
    try {
      return client.invoke(contentType, body, Call.of(requestId));
    } catch (CallFailed e) {
      // 401, 403 and 404 are the settings' fault: the message is good and comes again
      if (e.refused() && e.status() != 401 && e.status() != 403 && e.status() != 404) {
        throw new Refused(e.status(), String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }
}
