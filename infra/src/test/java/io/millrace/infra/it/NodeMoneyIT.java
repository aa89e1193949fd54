package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.infra.market.MarketScript;
import io.millrace.infra.market.TrainingNodes;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineStatus.SweepStatus;
import io.millrace.workflows.pool.ComputePool.Ended;
import io.millrace.workflows.pool.ComputePool.PoolOutcome;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.schedules.ScheduleClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.InstanceType;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;

/** Nobody pays for nodes that nobody needs, and no more than the spec says for those it does. */
class NodeMoneyIT {
  private static final Duration LONG = Duration.ofMinutes(8);

  /** Nodes of other runs than these were started by hand and have no user data. */
  private static final String OVER = "over-1";

  @TempDir static Path home;

  private static MarketStage stage;

  @BeforeAll
  static void open() throws Exception {
    stage = new MarketStage(home);
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void gc_looksFirst_andEndsOnlyWhatNobodyNeeds_onceToldTo() {
    String live = instance("live-1", Instant.now().plusSeconds(3600));
    String expired = instance("live-1", Instant.now().minusSeconds(60));
    String orphan = instance(endedRun(), Instant.now().plusSeconds(3600));

    Answer look = stage.cli(LONG, "gc", "--json");

    assertThat(look.exit()).as(look.err()).isZero();
    assertThat(look.json().path("dry").asBoolean()).isTrue();
    assertThat(reasons(look.json(), List.of(live, expired, orphan)))
        .hasSize(2)
        .anyMatch(reason -> reason.startsWith(expired + " its time to live was over at "))
        .contains(orphan + " its run " + OVER + " has ended");
    assertThat(List.of(live, expired, orphan)).allMatch(NodeMoneyIT::stands);

    Answer apply = stage.cli(LONG, "gc", "--apply");

    assertThat(apply.exit()).as(apply.err()).isZero();
    assertThat(apply.out()).contains("ended", expired, orphan).doesNotContain(live);
    assertThat(stands(live)).isTrue();
    assertThat(List.of(expired, orphan)).noneMatch(NodeMoneyIT::stands);
    stage.ec2().terminateInstances(r -> r.instanceIds(live));
  }

  @Test
  void schedule_endsWhatNobodyNeeds_withoutBeingAsked() {
    String live = instance("live-2", Instant.now().plusSeconds(3600));
    String orphan = instance(endedRun(), Instant.now().plusSeconds(3600));

    ScheduleClient schedules = ScheduleClient.newInstance(stage.client().getWorkflowServiceStubs());
    // as in an hour
    schedules.getHandle(WorkflowIds.JANITOR_SCHEDULE).trigger();

    LocalMachine.await("the orphan's end", Duration.ofMinutes(2), () -> !stands(orphan));
    assertThat(stands(live)).isTrue();
    stage.ec2().terminateInstances(r -> r.instanceIds(live));
  }

  @Test
  void run_whoseMoneyIsSpent_selectsAmongWhatItTrained_andEndsItsNodes() throws Exception {
    stage.market().play(MarketScript.calm(), new TrainingNodes(stage.store()));
    double budget = dearest() / 60;
    Answer answer = stage.cli(LONG, "run", spec(budget).toString(), "--json");

    assertThat(answer.exit()).as(answer.err() + answer.out()).isZero();
    assertThat(answer.json().path("outcome").asText()).isEqualTo("DEPLOYED");
    String run = answer.json().path("run").asText();
    SweepStatus sweep =
        Objects.requireNonNull(
            stage
                .client()
                .newWorkflowStub(ModelPipeline.class, answer.json().path("workflow").asText())
                .status()
                .sweep());
    assertThat(sweep.ended()).isEqualTo("training.budget.cost is spent");
    assertThat(sweep.done()).isBetween(1, 499);
    PoolOutcome pool =
        stage.client().newUntypedWorkflowStub(WorkflowIds.pool(run)).getResult(PoolOutcome.class);
    assertThat(pool.ended()).isEqualTo(Ended.RELEASED);
    // at least what was allowed, and what a goodbye costs
    assertThat(pool.costs().total()).isBetween(budget, 2 * budget);
    LocalMachine.await(
        "the last instance's end",
        Duration.ofSeconds(60),
        () -> stage.market().standing().isEmpty());
    JsonNode trials = stage.cli(LONG, "trials", run, "--json").json();
    double together = 0;
    for (JsonNode cost : trials.path("costByTrial")) {
      together += cost.asDouble();
    }
    assertThat(together).isCloseTo(pool.costs().total(), within(1e-6));
    assertThat(stage.cli(LONG, "trials", run).out()).contains(" USD ");
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }

  /** US dollars an hour of the type that is ordered, where it is dearest. */
  private static double dearest() {
    try (var customers = io.millrace.activities.store.LocalStack.ec2(stage.market().endpoint())) {
      return customers
          .describeSpotPriceHistory(r -> r.instanceTypes(InstanceType.M5_LARGE))
          .spotPriceHistory()
          .stream()
          .mapToDouble(price -> Double.parseDouble(price.spotPrice()))
          .max()
          .orElseThrow();
    }
  }

  /** A pool that was terminated: nobody waits for its nodes. */
  private static String endedRun() {
    WorkflowStub pool =
        stage
            .client()
            .newUntypedWorkflowStub(
                "ComputePool",
                WorkflowOptions.newBuilder()
                    .setWorkflowId(WorkflowIds.pool(OVER))
                    .setTaskQueue(TaskQueues.PIPELINE + "-nobody")
                    .build());
    pool.start();
    pool.terminate("as when somebody does so by hand");
    return OVER;
  }

  private static String instance(String run, Instant expires) {
    Map<String, String> tags =
        Map.of(
            "millrace:run",
            run,
            "millrace:model",
            run.substring(0, run.lastIndexOf('-')),
            "millrace:key",
            run + "-0-" + expires.toEpochMilli(),
            "millrace:expires",
            expires.toString());
    return stage
        .ec2()
        .runInstances(
            r ->
                r.imageId("ami-12345678")
                    .instanceType(InstanceType.M5_LARGE)
                    .minCount(1)
                    .maxCount(1)
                    // the market plays it like any other
                    .userData(
                        java.util.Base64.getEncoder()
                            .encodeToString("#!/bin/sh\nsleep 600\n".getBytes()))
                    .tagSpecifications(
                        TagSpecification.builder()
                            .resourceType(ResourceType.INSTANCE)
                            .tags(
                                tags.entrySet().stream()
                                    .map(
                                        e ->
                                            Tag.builder()
                                                .key(e.getKey())
                                                .value(e.getValue())
                                                .build())
                                    .toList())
                            .build()))
        .instances()
        .getFirst()
        .instanceId();
  }

  private static boolean stands(String id) {
    Instance instance =
        stage
            .ec2()
            .describeInstances(r -> r.instanceIds(id))
            .reservations()
            .getFirst()
            .instances()
            .getFirst();
    InstanceStateName state = instance.state().name();
    return state == InstanceStateName.RUNNING || state == InstanceStateName.PENDING;
  }

  private static List<String> reasons(JsonNode report, List<String> ids) {
    List<String> all = new java.util.ArrayList<>();
    for (JsonNode orphan : report.path("orphans")) {
      String id = orphan.path("node").path("id").asText();
      if (ids.contains(id)) {
        all.add(id + " " + orphan.path("reason").asText());
      }
    }
    return all;
  }

  private static Path spec(double budget) throws IOException {
    return Files.writeString(
        home.resolve("money.yaml"),
        String.format(
            Locale.ROOT,
            """
            model: money
            task: binary
            data:
              source: {csv: "%s"}
              target: default.payment.next.month
              positive: "1"
              id: ID
              split: {kind: stratified, test: 0.2, validation: 0.1, seed: 7}
            training:
              seed: 11
              candidates:
                - family: linear
                  search: {learning-rate: {log: [0.001, 0.1]}}
              search: {method: random, trials: 500}
              parallel: 1
              max-epochs: 5
              compute:
                kind: ec2
                nodes: 1
                spot: {types: [m5.large], zones: any}
              budget: {time: 1h, cost: %.6f}
            gates:
              - {metric: roc-auc, floor: 0.6}
            deployment:
              target: {local: {port: 0}}
              rollout: {steps: [50%%, 100%%], bake: 1s, min-requests: 1}
            watch:
              schedule: {every: 1h}
              window: {last: 1h, min-rows: 100}
            """,
            LocalMachine.root()
                .resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz"),
            budget));
  }
}
