package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.event.Lot;
import io.millrace.events.event.QueueBatch;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that starts a run for an event. Events are delivered at least once; the workflow
 * id comes from the event's id, so each starts one run. The run asks the steward for admission.
 *
 * <p>Takes S3 notifications, EventBridge and SNS events, a queue of any of them, and a plain
 * request, which may carry an {@code id} of its own. A queue gets back the messages that failed;
 * any other event with a failure in it is thrown after the rest was started, so that it comes again
 * or goes where failed events go.
 */
public final class StartPipeline implements RequestStreamHandler {
  private final WorkflowClient client;

  /** Built once at cold start. */
  public StartPipeline() {
    this(Connection.open(System.getenv()));
  }

  StartPipeline(WorkflowClient client) {
    this.client = client;
  }

  /**
   * @param started false when an earlier delivery did it
   */
  record Started(String workflowId, boolean started) {}

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    JsonNode event = EventJson.read(input);
    EventLog log = new EventLog(context);
    if (QueueBatch.isOne(event)) {
      output.write(
          EventJson.bytes(
              QueueBatch.each(
                  event,
                  log,
                  message -> starts(EventJson.object("body", message.body()), message.id(), log))));
      return;
    }
    String id = context == null ? PayloadJson.digest(event) : context.getAwsRequestId();
    output.write(PayloadJson.mapper().writeValueAsBytes(Map.of("runs", starts(event, id, log))));
  }

  private List<Started> starts(JsonNode event, String id, EventLog log) {
    List<Started> started = new ArrayList<>();
    Lot lot = new Lot();
    RunStart.each(event, id, lot, start -> started.add(start(start, log)));
    lot.end();
    return started;
  }

  private Started start(RunStart start, EventLog log) {
    ModelPipeline run =
        client.newWorkflowStub(
            ModelPipeline.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.PIPELINE)
                .setWorkflowId(start.workflowId())
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
                .build());
    boolean started = true;
    try {
      WorkflowClient.start(run::run, start.request());
    } catch (WorkflowExecutionAlreadyStarted again) {
      started = false;
    }
    log.said("run", Map.of("workflowId", start.workflowId(), "started", started));
    return new Started(start.workflowId(), started);
  }
}
