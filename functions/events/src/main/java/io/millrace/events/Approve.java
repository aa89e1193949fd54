package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that answers for a person: {@code {"run": "credit-3", "who": …, "role": …,
 * "accept": true, "reason": …}}, or {@code workflowId} for a run that was not started by the
 * steward. A refusal is thrown, so the caller sees a failed invoke.
 */
public final class Approve implements RequestStreamHandler {
  private static final ObjectMapper MAPPER = PayloadJson.mapper();
  private static final Pattern RUN = Pattern.compile("(.+)-([1-9][0-9]{0,8})");
  private final WorkflowClient client;

  /** Built once at cold start. */
  public Approve() {
    this(Connection.open());
  }

  Approve(WorkflowClient client) {
    this.client = client;
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    JsonNode body = MAPPER.readTree(input);
    ModelPipeline run = client.newWorkflowStub(ModelPipeline.class, workflowId(body));
    output.write(
        MAPPER.writeValueAsBytes(
            run.approve(MAPPER.treeToValue(body, ModelPipeline.ApprovalRequest.class))));
  }

  private static String workflowId(JsonNode body) {
    if (body.hasNonNull("workflowId")) {
      return body.path("workflowId").asText();
    }
    String name = body.path("run").asText();
    Matcher run = RUN.matcher(name);
    if (!run.matches()) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "run: " + name + " (expected: <model>-<number>)");
    }
    return WorkflowIds.pipeline(run.group(1), Integer.parseInt(run.group(2)));
  }
}
