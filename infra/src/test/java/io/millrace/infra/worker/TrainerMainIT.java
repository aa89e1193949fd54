package io.millrace.infra.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.TestDatasets;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.Trials;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.trial.TrainingTrial;
import io.millrace.workflows.trial.TrainingTrialImpl;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerMainIT {
  private static final String QUEUE = "pool:sample-1";

  @TempDir Path work;

  @Test
  void trial_whoseNodeIsToldToEnd_isFinishedByTheNextNode_withTheSamePackage() throws Exception {
    try (ObjectStore store = new FileStore(work.resolve("store"));
        TestWorkflowEnvironment server = server()) {
      DatasetRef credit = TestDatasets.credit(store, work.resolve("parts"));
      TrialResult calm;
      try (TrainerMain node = trainer("calm", server)) {
        calm = start(server, request("calm", credit)).get(3, TimeUnit.MINUTES);
        assertThat(node).isNotNull();
      }
      CompletableFuture<TrialResult> disturbed;
      try (TrainerMain first = trainer("first", server)) {
        disturbed = start(server, request("storm", credit));
        while (store.list("runs/storm/checkpoints/").isEmpty()) {
          Thread.sleep(10);
        }
        assertThat(first).isNotNull();
      }
      assertThat(disturbed).isNotDone();
      // attempts leave their records; what a trial makes comes at its end
      assertThat(store.list("runs/storm/trials/")).noneMatch(key -> key.contains("/package-"));
      try (TrainerMain second = trainer("second", server)) {
        assertThat(disturbed.get(3, TimeUnit.MINUTES).model().digest())
            .isEqualTo(calm.model().digest());
        assertThat(second).isNotNull();
      }
      assertThat(store.list("runs/storm/journal/")).hasSize(1);
    }
  }

  @Test
  void trial_whoseNodeIsToldToEndWhileItReads_leavesACheckpointAllTheSame() throws Exception {
    try (ObjectStore store = new FileStore(work.resolve("store"));
        TestWorkflowEnvironment server = server()) {
      DatasetRef credit = TestDatasets.credit(store, work.resolve("parts"));
      try (TrainerMain node = trainer("early", server)) {
        start(server, request("early", credit));
        while (store.list("runs/early/trials/").isEmpty()) {
          Thread.sleep(10);
        }
        assertThat(node).isNotNull();
      }
      assertThat(store.list("runs/early/checkpoints/")).anyMatch(k -> k.endsWith("manifest.json"));
      List<TrialAttempt> attempts = new Trials(store).of("early").getFirst().attempts();
      assertThat(attempts).hasSize(1);
      assertThat(attempts.getFirst().end())
          .satisfies(end -> assertThat(end.how()).isEqualTo(TrialAttempt.How.INTERRUPTED))
          .satisfies(end -> assertThat(end.type()).isEqualTo("SPOT_INTERRUPTED"));
    }
  }

  @Test
  void flags_thatAreWrong_areAllNamed() {
    assertThatThrownBy(
            () -> TrainerFlags.of("--store", "file:/s", "--threads", "0", "--colour", "x"))
        .hasMessageContaining("--task-queue: nothing (expected: a value)")
        .hasMessageContaining("--threads: 0 (expected: > 0)")
        .hasMessageContaining("--colour (expected: one of");
  }

  private TrainerMain trainer(String node, TestWorkflowEnvironment server) {
    return new TrainerMain(
        TrainerFlags.of(
            "--task-queue",
            QUEUE,
            "--store",
            "file:" + work.resolve("store"),
            "--scratch",
            work.resolve("scratch").toString(),
            "--node",
            node),
        server.getWorkflowClient());
  }

  private static TestWorkflowEnvironment server() {
    TestWorkflowEnvironment server =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setUseTimeskipping(false)
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(PayloadJson.converter())
                        .build())
                .build());
    server.newWorker("trials").registerWorkflowImplementationTypes(TrainingTrialImpl.class);
    server.start();
    return server;
  }

  private static CompletableFuture<TrialResult> start(
      TestWorkflowEnvironment server, TrialRequest request) {
    TrainingTrial trial =
        server
            .getWorkflowClient()
            .newWorkflowStub(
                TrainingTrial.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue("trials")
                    .setWorkflowId(request.run().runId())
                    .build());
    return WorkflowClient.execute(trial::run, new TrainingTrial.TrialStart(QUEUE, request));
  }

  private static TrialRequest request(String run, DatasetRef dataset) throws Exception {
    return new TrialRequest(
        new RunRef(run, "sample", null),
        0,
        "sample",
        Task.BINARY,
        dataset,
        PayloadJson.mapper().readValue("{\"target\": \"y\"}", DataSpec.class),
        new CandidateSpec("mlp", Map.of("hidden", List.of(64, 32))),
        7,
        new TrainingSpec.Objective("roc-auc", "max"),
        12,
        12,
        64,
        1,
        new TrainingSpec.CheckpointSpec(Duration.ofSeconds(1), 3),
        null);
  }
}
