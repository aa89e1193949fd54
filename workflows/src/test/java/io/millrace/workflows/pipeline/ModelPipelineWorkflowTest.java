package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.ref.RunRef;
import io.temporal.client.WorkflowStub;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelPipelineWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void run_ofAGoodModel_deploysItAndPointsTheChampion() {
    PipelineOutcome outcome = bed.pipeline(1).run(Samples.request());

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(outcome.runId()).isEqualTo("credit-1");
    assertThat(bed.registry.champion()).isEqualTo(outcome.version());
    assertThat(bed.deploy.current()).containsExactly(Map.entry(1, 1.0));
    assertThat(bed.compute.alive()).isEmpty();
    assertThat(bed.steward.calls("finished")).hasSize(1);
    assertThat(bed.notify.types()).containsExactly("io.millrace.run.deployed");
  }

  @Test
  void run_ofAModelThatAGateRejects_registersNothing() {
    bed.gate.rejectAll();

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.REJECTED);
    assertThat(outcome.sentence()).isEqualTo("roc-auc ≥ 0.9: 0.77 is below 0.9");
    assertThat(outcome.metrics()).hasSize(1);
    assertThat(bed.registry.versions()).isZero();
    assertThat(bed.audit.actions()).containsExactly("gate");
    assertThat(bed.notify.types()).containsExactly("io.millrace.run.rejected");
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void secondRun_isHeldAgainstTheChampionAndRolledOutInSteps() {
    bed.pipeline(1).run(Samples.numbered(1));
    bed.train.habit("linear", request -> {});

    PipelineOutcome second = bed.pipeline(2).run(Samples.numbered(2));

    assertThat(second.result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.gate.calls("evaluate", GateActivities.GateRequest.class).get(1).champion())
        .isNotNull();
    assertThat(bed.deploy.shifts())
        .containsExactly(
            Map.of(1, 1.0), Map.of(1, 0.9, 2, 0.1), Map.of(1, 0.5, 2, 0.5), Map.of(2, 1.0));
    assertThat(bed.deploy.ready()).containsExactly(1, 2);
    assertThat(bed.registry.champion()).isEqualTo(second.version());
  }

  @Test
  void rollout_thatGoesBack_leavesTheChampionAlone() {
    PipelineOutcome first = bed.pipeline(1).run(Samples.numbered(1));
    bed.deploy.traffic(
        version ->
            version == 2
                ? new DeployActivities.VersionTraffic(2, 1000, 400, 1.0, 4.0, 0.0)
                : FakeDeploy.good(version));

    PipelineOutcome second = bed.pipeline(2).run(Samples.numbered(2));

    assertThat(second.result()).isEqualTo(Result.ROLLED_BACK);
    assertThat(bed.registry.champion()).isEqualTo(first.version());
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
    assertThat(bed.notify.types()).contains("io.millrace.run.rolled-back");
  }

  @Test
  void rollout_thatCouldNotReachTheTarget_isTriedAgainUnderANewKey() {
    bed.deploy.breakDown("prepare", FailureType.ENDPOINT_UNAVAILABLE, "server: down");
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");
    bed.deploy.mend("prepare");

    run.resume(
        new ModelPipeline.ResumeRequest(
            ModelPipeline.ResumeRequest.Action.RETRY, "ann", "server is up"));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.deploy.calls("prepare", DeployActivities.PrepareRequest.class))
        .extracting(DeployActivities.PrepareRequest::key)
        .contains("credit-1-1-prepare-1", "credit-1-2-prepare-1");
  }

  @Test
  void run_withoutLocationOrSpec_endsAndSaysWhatIsMissing() {
    PipelineOutcome outcome =
        bed.pipeline(1).run(new PipelineRequest(null, null, null, null, null, null, null));

    assertThat(outcome.failure()).isEqualTo(FailureType.REQUEST_INVALID);
    assertThat(outcome.sentence())
        .isEqualTo("location: null (expected: exactly one of location and spec)");
  }

  @Test
  void run_ofAnotherModelThanAsked_isRefused() {
    PipelineOutcome outcome =
        bed.pipeline(1).run(new PipelineRequest("/x.yaml", null, "other", 1, null, null, null));

    assertThat(outcome.failure()).isEqualTo(FailureType.CONFIG_INVALID);
    assertThat(outcome.sentence()).isEqualTo("model: other (expected: credit, the spec's)");
  }

  @Test
  void run_startedByHand_isNumberedByTheStewardAndKeepsItsSpec() {
    bed.pipeline(1).run(Samples.request());

    assertThat(bed.specs.calls("resolve", SpecActivities.SpecRequest.class))
        .extracting(SpecActivities.SpecRequest::run)
        .containsExactly(null, new RunRef("credit-1", "credit", null));
    assertThat(bed.steward.calls("admit", StewardActivities.AdmitRequest.class).get(0).retraining())
        .isEqualTo(Samples.spec().retraining());
  }

  @Test
  void searchAttributes_sayModelVersionStageAndOutcome() {
    ModelPipeline run = bed.pipeline(1);
    run.run(Samples.numbered(1));

    var attributes = WorkflowStub.fromTyped(run).describe().getTypedSearchAttributes();
    assertThat(attributes.get(SearchAttributes.MODEL)).isEqualTo("credit");
    assertThat(attributes.get(SearchAttributes.VERSION)).isEqualTo("credit@1");
    assertThat(attributes.get(SearchAttributes.STAGE)).isEqualTo("done");
    assertThat(attributes.get(SearchAttributes.OUTCOME)).isEqualTo("DEPLOYED");
  }

  @Test
  void status_atTheEnd_namesEveryStepAndTrial() {
    ModelPipeline run = bed.pipeline(1);
    run.run(Samples.numbered(1));

    PipelineStatus status = run.status();
    assertThat(status.steps())
        .extracting(PipelineStatus.Step::name)
        .containsExactly(
            "spec",
            "admission",
            "schedule",
            "ingest",
            "training",
            "selection",
            "gates",
            "registration",
            "rollout",
            "champion",
            "report");
    assertThat(status.trials()).allMatch(trial -> trial.share() == 1 && trial.best() != null);
    assertThat(Details.of(status, List.of())).contains("**DEPLOYED**", "| training | done |");
  }
}
