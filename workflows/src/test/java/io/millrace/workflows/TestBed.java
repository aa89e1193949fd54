package io.millrace.workflows;

import io.millrace.workflows.drift.DriftCheckImpl;
import io.millrace.workflows.janitor.JanitorImpl;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipelineImpl;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pool.ComputePoolImpl;
import io.millrace.workflows.port.alert.FakeAlerts;
import io.millrace.workflows.port.audit.FakeAudit;
import io.millrace.workflows.port.compute.FakeCompute;
import io.millrace.workflows.port.data.FakeData;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.gate.FakeGate;
import io.millrace.workflows.port.notify.FakeNotify;
import io.millrace.workflows.port.registry.FakeRegistry;
import io.millrace.workflows.port.report.FakeReports;
import io.millrace.workflows.port.schedule.FakeSchedules;
import io.millrace.workflows.port.search.FakeSearch;
import io.millrace.workflows.port.spec.FakeSpecs;
import io.millrace.workflows.port.steward.FakeSteward;
import io.millrace.workflows.port.train.FakeSelect;
import io.millrace.workflows.port.train.FakeTrain;
import io.millrace.workflows.port.watch.FakeWatch;
import io.millrace.workflows.rollout.RolloutImpl;
import io.millrace.workflows.steward.ModelStewardImpl;
import io.millrace.workflows.trial.TrainingTrialImpl;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.util.List;

/** Every workflow of ours on the in-memory server, over fakes; days pass in milliseconds. */
public final class TestBed implements AutoCloseable {
  /** Every workflow that a worker of ours runs. */
  public static final List<Class<?>> WORKFLOWS =
      List.of(
          ModelPipelineImpl.class,
          ModelStewardImpl.class,
          ComputePoolImpl.class,
          TrainingTrialImpl.class,
          RolloutImpl.class,
          DriftCheckImpl.class,
          JanitorImpl.class);

  public final FakeAlerts alerts = new FakeAlerts();
  public final FakeAudit audit = new FakeAudit();
  public final FakeCompute compute = new FakeCompute();
  public final FakeData data = new FakeData();
  public final FakeDeploy deploy = new FakeDeploy();
  public final FakeGate gate = new FakeGate();
  public final FakeNotify notify = new FakeNotify();
  public final FakeRegistry registry = new FakeRegistry();
  public final FakeReports reports = new FakeReports();
  public final FakeSchedules schedules = new FakeSchedules();
  public final FakeSearch search = new FakeSearch();
  public final FakeSelect select = new FakeSelect();
  public final FakeSpecs specs = new FakeSpecs(Samples.spec());
  public final FakeSteward steward = new FakeSteward();
  public final FakeTrain train = new FakeTrain();
  public final FakeWatch watch = new FakeWatch();
  public final TestWorkflowEnvironment environment;

  public TestBed() {
    this(WORKFLOWS);
  }

  public TestBed(List<Class<?>> workflows) {
    environment = TestWorkflowEnvironment.newInstance(options());
    Worker worker = environment.newWorker(TaskQueues.PIPELINE);
    worker.registerWorkflowImplementationTypes(workflows.toArray(Class<?>[]::new));
    worker.registerActivitiesImplementations(activities());
    for (int number = 1; number <= 3; number++) {
      environment
          .newWorker(TaskQueues.pool(WorkflowIds.run(Samples.MODEL, number)))
          .registerActivitiesImplementations(train);
    }
    environment.start();
  }

  public static TestEnvironmentOptions options() {
    return TestEnvironmentOptions.newBuilder()
        .setWorkflowClientOptions(
            WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build())
        .registerSearchAttribute(
            SearchAttributes.MODEL.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
        .registerSearchAttribute(
            SearchAttributes.VERSION.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
        .registerSearchAttribute(
            SearchAttributes.STAGE.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
        .registerSearchAttribute(
            SearchAttributes.OUTCOME.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
        .build();
  }

  /** All fakes of the worker; training is on the nodes' queues. */
  public Object[] activities() {
    return new Object[] {
      alerts, audit, compute, data, deploy, gate, notify, registry, reports, schedules, search,
      select, specs, steward, watch
    };
  }

  public WorkflowClient client() {
    return environment.getWorkflowClient();
  }

  public WorkflowOptions at(String workflowId) {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.PIPELINE)
        .setWorkflowId(workflowId)
        .build();
  }

  /** A pipeline as its id names it, not started. */
  public ModelPipeline pipeline(int number) {
    return client()
        .newWorkflowStub(ModelPipeline.class, at(WorkflowIds.pipeline(Samples.MODEL, number)));
  }

  /** Starts a run and returns at once. */
  public ModelPipeline started(PipelineRequest request) {
    ModelPipeline pipeline = pipeline(request.number() == null ? 1 : request.number());
    WorkflowClient.start(pipeline::run, request);
    return pipeline;
  }

  /** Waits for the end; time is skipped meanwhile. */
  public static PipelineOutcome outcome(ModelPipeline pipeline) {
    return WorkflowStub.fromTyped(pipeline).getResult(PipelineOutcome.class);
  }

  /** Lets workflow time pass until the run is in the stage. */
  public void untilStage(ModelPipeline pipeline, String stage) {
    until(() -> pipeline.status().stage().equals(stage), "stage " + stage);
  }

  /** Lets workflow time pass, seconds and then minutes, until something is true. */
  public void until(java.util.function.BooleanSupplier condition, String what) {
    for (int second = 0; second < 600; second++) {
      if (condition.getAsBoolean()) {
        return;
      }
      environment.sleep(Duration.ofSeconds(second < 120 ? 1 : 60));
    }
    throw new AssertionError("never came: " + what);
  }

  @Override
  public void close() {
    environment.close();
  }
}
