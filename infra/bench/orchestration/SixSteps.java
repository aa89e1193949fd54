import io.millrace.workflows.wire.PayloadJson;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Six empty steps, each a durable activity, on a real server. Arguments: the server's address, runs
 * in a row, runs at once. The last line is the result.
 */
final class SixSteps {
  @WorkflowInterface
  public interface Run {
    @WorkflowMethod
    int run(int steps);
  }

  @ActivityInterface
  public interface Steps {
    int step(int number);
  }

  public static final class EmptySteps implements Steps {
    @Override
    public int step(int number) {
      return number;
    }
  }

  public static final class RunImpl implements Run {
    private final Steps steps =
        Workflow.newActivityStub(
            Steps.class,
            ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofSeconds(60)).build());

    @Override
    public int run(int count) {
      int last = 0;
      for (int i = 0; i < count; i++) {
        last = steps.step(i);
      }
      return last;
    }
  }

  public static void main(String[] arguments) throws Exception {
    int inARow = Integer.parseInt(arguments[1]);
    int atOnce = Integer.parseInt(arguments[2]);
    WorkflowServiceStubs stubs =
        WorkflowServiceStubs.newConnectedServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(arguments[0]).build(),
            Duration.ofSeconds(60));
    WorkflowClient client =
        WorkflowClient.newInstance(
            stubs,
            WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build());
    WorkerFactory factory = WorkerFactory.newInstance(client);
    Worker worker = factory.newWorker("bench");
    worker.registerWorkflowImplementationTypes(RunImpl.class);
    worker.registerActivitiesImplementations(new EmptySteps());
    factory.start();

    for (int i = 0; i < 5; i++) {
      stub(client).run(6);
    }
    double[] seconds = new double[inARow];
    for (int i = 0; i < inARow; i++) {
      long from = System.nanoTime();
      stub(client).run(6);
      seconds[i] = (System.nanoTime() - from) / 1e9;
    }
    Arrays.sort(seconds);

    long from = System.nanoTime();
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < atOnce; i++) {
      all.add(WorkflowClient.execute(stub(client)::run, 6));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    double rate = atOnce / ((System.nanoTime() - from) / 1e9);

    System.err.printf(
        Locale.ROOT,
        "seconds per run: min %.3f, median %.3f, max %.3f; %d runs at once: %.1f runs/s%n",
        seconds[0],
        seconds[inARow / 2],
        seconds[inARow - 1],
        atOnce,
        rate);
    System.out.printf(
        Locale.ROOT,
        "{\"bench\": \"orchestration\", \"unit\": \"s/run\", \"ours\": %.4f, \"peers\": {},"
            + " \"ratio\": {}, \"runs\": %d, \"less_is_better\": true, \"concurrent_runs_per_s\":"
            + " %.1f}%n",
        seconds[inARow / 2],
        inARow,
        rate);
    System.out.flush();
    System.exit(0);
  }

  private static Run stub(WorkflowClient client) {
    return client.newWorkflowStub(
        Run.class, WorkflowOptions.newBuilder().setTaskQueue("bench").build());
  }
}
