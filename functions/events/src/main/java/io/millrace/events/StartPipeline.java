package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that starts a run for an event. Events are delivered at least once; the workflow
 * id comes from the event's id, so each starts one run. The run asks the steward for admission.
 */
public final class StartPipeline implements RequestStreamHandler {
  private static final ObjectMapper MAPPER = PayloadJson.mapper();
  private final WorkflowClient client;

  /** Built once at cold start. */
  public StartPipeline() {
    this(Connection.open());
  }

  StartPipeline(WorkflowClient client) {
    this.client = client;
  }

  /**
   * @param started false when an earlier delivery did it
   */
  record Answer(String workflowId, boolean started) {}

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    StartEvent event = StartEvent.of(MAPPER.readTree(input));
    String workflowId = "ModelPipeline:event:" + event.id();
    ModelPipeline run =
        client.newWorkflowStub(
            ModelPipeline.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.PIPELINE)
                .setWorkflowId(workflowId)
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
                .build());
    boolean started = true;
    try {
      WorkflowClient.start(run::run, event.request());
    } catch (WorkflowExecutionAlreadyStarted again) {
      started = false;
    }
    output.write(MAPPER.writeValueAsBytes(new Answer(workflowId, started)));
  }
}
