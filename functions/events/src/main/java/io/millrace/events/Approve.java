package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.events.approve.LinkDesk;
import io.millrace.events.approve.Runs;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.event.HttpCall;
import io.millrace.events.event.HttpReply;
import io.millrace.events.secret.SecretReferences;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that answers for a person. Over HTTP by a signed link, as {@link LinkDesk} says;
 * {@code MILLRACE_APPROVAL_KEY} refers to the key. Called directly, by whoever may, with {@code
 * {"run": "credit-3", "who": …, "role": …, "accept": true, "reason": …}}, or {@code workflowId} for
 * a run that was not started by the steward; a refusal is thrown then, so that the caller sees a
 * failed invoke.
 */
public final class Approve implements RequestStreamHandler {
  private static final String KEY = "MILLRACE_APPROVAL_KEY";
  private static final ObjectMapper MAPPER = PayloadJson.mapper();
  private static final Pattern RUN = Pattern.compile("(.+)-([1-9][0-9]{0,8})");
  private final WorkflowClient client;
  private final @Nullable LinkDesk links;

  /** Built once at cold start. */
  public Approve() {
    this(Connection.open(System.getenv()), key(System.getenv()), InstantSource.system());
  }

  /**
   * @param key null when no links are answered
   */
  Approve(WorkflowClient client, byte @Nullable [] key, InstantSource clock) {
    this.client = client;
    this.links = key == null ? null : new LinkDesk(new Runs(client), key, clock);
  }

  private static byte @Nullable [] key(Map<String, String> environment) {
    String reference = environment.get(KEY);
    return reference == null ? null : new SecretReferences(environment).resolve(KEY, reference);
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    JsonNode event = EventJson.read(input);
    Optional<HttpCall> call = HttpCall.of(event);
    if (call.isPresent()) {
      HttpReply reply =
          links == null
              ? HttpReply.error(404, KEY + ": not set (expected: the key that signs links)")
              : links.answer(call.get(), new EventLog(context));
      output.write(reply.bytes());
      return;
    }
    ModelPipeline run = client.newWorkflowStub(ModelPipeline.class, workflowId(event));
    output.write(
        MAPPER.writeValueAsBytes(
            run.approve(MAPPER.treeToValue(event, ModelPipeline.ApprovalRequest.class))));
  }

  private static String workflowId(JsonNode body) {
    if (body.hasNonNull("workflowId")) {
      return body.path("workflowId").asText();
    }
    String name = body.path("run").asText();
    Matcher run = RUN.matcher(name);
    if (!run.matches()) {
      throw new EventInvalid("run: " + name + " (expected: <model>-<number>)");
    }
    return WorkflowIds.pipeline(run.group(1), Integer.parseInt(run.group(2)));
  }
}
