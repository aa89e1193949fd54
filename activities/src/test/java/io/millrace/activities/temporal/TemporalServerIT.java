package io.millrace.activities.temporal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.workflows.Samples;
import io.millrace.workflows.drift.DriftCheckImpl;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipelineImpl;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.Trigger;
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
import io.millrace.workflows.port.schedule.ScheduleActivities.DriftSchedule;
import io.millrace.workflows.port.spec.FakeSpecs;
import io.millrace.workflows.port.steward.StewardActivities.AdmitRequest;
import io.millrace.workflows.port.steward.StewardActivities.Inspection;
import io.millrace.workflows.port.steward.StewardActivities.LastRunQuery;
import io.millrace.workflows.port.train.FakeSelect;
import io.millrace.workflows.port.train.FakeTrain;
import io.millrace.workflows.port.watch.FakeWatch;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import io.millrace.workflows.rollout.RolloutImpl;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.ModelStewardImpl;
import io.millrace.workflows.steward.StewardState;
import io.millrace.workflows.trial.TrainingTrialImpl;
import io.temporal.api.enums.v1.ScheduleOverlapPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.schedules.SchedulePolicy;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every workflow on a real server, our Temporal adapters and fakes of all other ports. */
class TemporalServerIT {
  @TempDir Path folder;
  private final FakeData data = new FakeData();
  private final FakeWatch watch = new FakeWatch();
  private final FakeRegistry registry = new FakeRegistry();
  private DevServer server;
  private WorkflowClient client;
  private WorkerFactory factory;
  private FileStore store;
  private TemporalSteward steward;
  private TemporalSchedules schedules;

  @BeforeEach
  void start() {
    server = new DevServer();
    client = server.client();
    store = new FileStore(folder);
    steward = new TemporalSteward(client, store);
    schedules = new TemporalSchedules(server.schedules(), store);
    factory = WorkerFactory.newInstance(client);
    Worker worker = factory.newWorker(TaskQueues.PIPELINE);
    worker.registerWorkflowImplementationTypes(
        ModelPipelineImpl.class,
        ModelStewardImpl.class,
        ComputePoolImpl.class,
        TrainingTrialImpl.class,
        RolloutImpl.class,
        DriftCheckImpl.class);
    worker.registerActivitiesImplementations(
        steward,
        schedules,
        data,
        watch,
        registry,
        new FakeAudit(),
        new FakeCompute(),
        new FakeDeploy(),
        new FakeGate(),
        new FakeAlerts(),
        new FakeNotify(),
        new FakeReports(),
        new FakeSelect(),
        new FakeSpecs(spec()));
    for (int number = 1; number <= 3; number++) {
      factory
          .newWorker(TaskQueues.pool(WorkflowIds.run("credit", number)))
          .registerActivitiesImplementations(new FakeTrain());
    }
    factory.start();
  }

  @AfterEach
  void stop() {
    if (factory != null) {
      factory.shutdownNow();
    }
    if (server != null) {
      server.close();
    }
  }

  /** A check each two seconds, a bake of two. */
  private static Spec spec() {
    Spec spec = Samples.spec();
    WatchSpec watch = spec.watch();
    return new Spec(
        spec.model(),
        spec.task(),
        spec.owner(),
        spec.data(),
        spec.training(),
        spec.gates(),
        new DeploymentSpec(
            spec.deployment().target(),
            new DeploymentSpec.RolloutSpec(List.of(0.5, 1.0), Duration.ofSeconds(1), 1, List.of())),
        new WatchSpec(
            new WatchSpec.ScheduleSpec(Duration.ofSeconds(2), Duration.ZERO, Duration.ofMinutes(1)),
            watch.reference(),
            watch.window(),
            watch.drift(),
            watch.labels(),
            watch.receivers()),
        spec.retraining());
  }

  private ModelPipeline byHand(String workflowId) {
    return client.newWorkflowStub(
        ModelPipeline.class,
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.PIPELINE)
            .setWorkflowId(workflowId)
            .build());
  }

  private StewardState state() {
    return client.newWorkflowStub(ModelSteward.class, WorkflowIds.steward("credit")).status();
  }

  @Test
  void runByHand_isAdmittedDeployedAndWatchedByItsSchedule() throws Exception {
    PipelineOutcome outcome = byHand("by-hand").run(Samples.request());

    assertThat(outcome.result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
    assertThat(outcome.runId()).isEqualTo("credit-1");
    await(() -> state().champion() != null);
    assertThat(state().champion()).isEqualTo(outcome.version());
    await(() -> !watch.calls("check").isEmpty() && state().lastDrift() != null);
    // the nominal time, to the second: jitter and the moment of the start do not matter
    DriftRequest check = watch.calls("check", DriftRequest.class).get(0);
    assertThat(check.at().toEpochMilli() % 2000).isZero();
    var attributes = client.newUntypedWorkflowStub("by-hand").describe().getTypedSearchAttributes();
    assertThat(attributes.get(SearchAttributes.OUTCOME)).isEqualTo("DEPLOYED");
  }

  @Test
  void suspendedRun_isResumedByTheSchedulesNextCheck() throws Exception {
    data.breakDown("ingest", FailureType.SOURCE_UNAVAILABLE, "host: down (expected: up)");
    ModelPipeline run = byHand("by-hand");
    WorkflowClient.start(run::run, Samples.request());
    await(() -> steward.inspect(new Inspection("by-hand")).suspension() != null);

    data.mend("ingest");

    PipelineOutcome outcome = WorkflowStub.fromTyped(run).getResult(PipelineOutcome.class);
    assertThat(outcome.result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
    assertThat(registry.versions()).isEqualTo(1);
  }

  @Test
  void terminatedRun_isSucceededByOneThatResumesFromIt() throws Exception {
    data.breakDown("ingest", FailureType.SOURCE_UNAVAILABLE, "host: down (expected: up)");
    WorkflowClient.start(byHand("by-hand")::run, Samples.request());
    await(() -> steward.inspect(new Inspection("by-hand")).suspension() != null);

    client.newUntypedWorkflowStub("by-hand").terminate("machine gone");
    data.mend("ingest");
    await(() -> state().champion() != null);

    assertThat(state().history().get(0).runId()).isEqualTo("credit-2");
    assertThat(
            client
                .newWorkflowStub(ModelPipeline.class, WorkflowIds.pipeline("credit", 2))
                .status()
                .outcome())
        .isNotNull();
  }

  @Test
  void admit_ofASecondRun_isRefusedByName() {
    AdmitRequest first = new AdmitRequest("credit", "one", Trigger.manual(), null, null, null);
    assertThat(steward.admit(first).number()).isEqualTo(1);
    assertThat(steward.admit(first).number()).isEqualTo(1);

    assertThatThrownBy(
            () ->
                steward.admit(
                    new AdmitRequest("credit", "two", Trigger.manual(), null, null, null)))
        .satisfies(
            refused -> assertThat(Failures.typeOf(refused)).contains(FailureType.RUN_IN_PROGRESS))
        .hasMessageContaining("one is under way (expected: one run per model at a time)");
  }

  @Test
  void lastRun_countsTheRunsOfThisModelOnly() {
    byte[] spec = "{}".getBytes(StandardCharsets.UTF_8);
    store.create("runs/credit-7/spec.yaml", spec);
    store.create("runs/credit-12/journal/x.json", spec);
    store.create("runs/credit-card-99/spec.yaml", spec);

    assertThat(steward.lastRun(new LastRunQuery("credit")).number()).isEqualTo(12);
    assertThat(steward.lastRun(new LastRunQuery("credit-card")).number()).isEqualTo(99);
    assertThat(steward.lastRun(new LastRunQuery("none")).number()).isZero();
    assertThat(
            steward
                .admit(new AdmitRequest("credit", "one", Trigger.manual(), null, null, null))
                .number())
        .isEqualTo(13);
  }

  @Test
  void inspect_ofAWorkflowThatNeverWas_saysNotRunning() {
    assertThat(steward.inspect(new Inspection("nobody")).running()).isFalse();
  }

  @Test
  void drift_withoutASteward_startsOne() throws Exception {
    steward.drift(
        new DriftSummary("credit", "STABLE", false, false, List.of(), Instant.now(), "fine"));

    await(() -> state().lastDrift() != null);
  }

  @Test
  void ensureDrift_asksForWhatTheSpecSaysAndChangesIt() {
    WatchSpec.ScheduleSpec hourly =
        new WatchSpec.ScheduleSpec(Duration.ofHours(1), Duration.ofMinutes(5), Duration.ofDays(1));
    schedules.ensureDrift(new DriftSchedule("other", hourly, List.of()));
    schedules.ensureDrift(
        new DriftSchedule(
            "other",
            new WatchSpec.ScheduleSpec(
                Duration.ofHours(2), Duration.ofMinutes(5), Duration.ofDays(1)),
            List.of()));

    var schedule = server.schedules().getHandle("drift:other").describe().getSchedule();
    assertThat(schedule.getSpec().getIntervals())
        .singleElement()
        .satisfies(interval -> assertThat(interval.getEvery()).isEqualTo(Duration.ofHours(2)));
    assertThat(schedule.getSpec().getJitter()).isEqualTo(Duration.ofMinutes(5));
    SchedulePolicy policy = schedule.getPolicy();
    assertThat(policy.getOverlap()).isEqualTo(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP);
    assertThat(policy.getCatchupWindow()).isEqualTo(Duration.ofDays(1));
  }

  private static void await(BooleanSupplier condition) throws Exception {
    for (int i = 0; i < 600; i++) {
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (io.temporal.client.WorkflowException notYet) {
        // no steward yet
      }
      Thread.sleep(100);
    }
    throw new AssertionError("never came");
  }
}
