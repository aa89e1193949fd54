package io.millrace.workflows.steward;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.spec.RetrainingSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the steward trains a model again, and when it waits. */
class RetrainingWorkflowTest {
  private final StewardBed stewards = new StewardBed();
  private final TestBed bed = stewards.bed;
  private final ModelSteward steward = stewards.steward;

  @AfterEach
  void close() {
    stewards.close();
  }

  @Test
  void drift_withoutARun_retrainsWithTheLastMonthsPredictions() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));

    stewards.drift(true, false);

    StewardState state = steward.status();
    assertThat(state.active().number()).isEqualTo(2);
    assertThat(state.active().trigger().cause()).isEqualTo("drift");
    assertThat(
            Duration.between(
                state.active().request().recent().from(), state.active().request().recent().to()))
        .isEqualTo(Duration.ofDays(180));
    assertThat(bed.audit.actions()).containsExactly("retrain");
  }

  @Test
  void drift_thatTheSpecDoesNotRetrainOn_doesNothing() {
    stewards.firstRun(
        new RetrainingSpec(
            List.of("quality"),
            new RetrainingSpec.DataWindow(null),
            Duration.ZERO,
            8,
            Duration.ofDays(7)));

    stewards.drift(true, false);
    assertThat(steward.status().active()).isNull();

    stewards.drift(false, true);
    assertThat(steward.status().active().trigger().cause()).isEqualTo("quality");
    assertThat(steward.status().active().request().recent()).isNull();
  }

  @Test
  void stableCheck_startsNothing() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));

    stewards.drift(false, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().lastDrift().state()).isEqualTo("STABLE");
  }

  @Test
  void drift_beforeAnyRun_waitsForOne() {
    stewards.drift(true, false);

    assertThat(steward.status().active()).isNull();
  }

  @Test
  void drift_withinTheCooldown_waits() {
    stewards.firstRun(StewardBed.rules(Duration.ofDays(1), 8));
    stewards.drift(true, false);
    stewards.end(2, PipelineOutcome.Result.REJECTED);

    stewards.drift(true, false);
    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor()).startsWith("the cooldown to end at ");

    bed.environment.sleep(Duration.ofDays(1));
    stewards.drift(true, false);
    assertThat(steward.status().active().number()).isEqualTo(3);
  }

  @Test
  void drift_beyondTheMonthsBudget_waits() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 1));
    stewards.drift(true, false);
    stewards.end(2, PipelineOutcome.Result.DEPLOYED);

    stewards.drift(true, false);
    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor())
        .isEqualTo("the budget of 1 retrainings in 30 days to free up");

    bed.environment.sleep(Duration.ofDays(31));
    stewards.drift(true, false);
    assertThat(steward.status().active().number()).isEqualTo(3);
  }

  @Test
  void aHundredDriftsAtOnce_startExactlyOneRun() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));

    for (int i = 0; i < 100; i++) {
      steward.drift(stewards.seen(true, false));
    }
    bed.environment.sleep(Duration.ofMinutes(1));

    assertThat(steward.status().nextNumber()).isEqualTo(3);
    assertThat(steward.status().active().number()).isEqualTo(2);
  }

  @Test
  void aHundredDriftsAtOnce_thatAreToldAgainAfterTheRun_startNoOther() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));
    List<DriftSummary> storm = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      storm.add(stewards.seen(true, i % 2 == 0));
    }
    bed.environment.sleep(Duration.ofSeconds(1));
    storm.parallelStream().forEach(steward::drift);
    bed.environment.sleep(Duration.ofMinutes(1));
    stewards.end(2, PipelineOutcome.Result.REJECTED);

    storm.forEach(steward::drift);
    bed.environment.sleep(Duration.ofMinutes(1));

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().nextNumber()).isEqualTo(3);
    assertThat(bed.audit.actions()).as("one retraining in the books").containsExactly("retrain");
    assertThat(steward.status().waitsFor()).startsWith("a check of what came after the retraining");
    stewards.drift(true, false);
    assertThat(steward.status().active().number()).as("what is new counts").isEqualTo(3);
  }

  @Test
  void retrainings_thatBringNothing_areTriedLessAndLessOften() {
    stewards.firstRun(StewardBed.rules(Duration.ofHours(1), 1_000));
    StringBuilder retrainedAt = new StringBuilder();
    for (int hour = 0; hour < 40; hour++) {
      stewards.drift(true, false);
      StewardState.ActiveRun active = steward.status().active();
      if (active != null) {
        retrainedAt.append(hour).append(' ');
        stewards.end(active.number(), PipelineOutcome.Result.FAILED);
      }
      bed.environment.sleep(Duration.ofHours(1));
    }
    assertThat(retrainedAt.toString()).isEqualTo("0 1 3 7 15 31 ");
    assertThat(steward.status().tally().fruitless()).isEqualTo(6);
    steward.start(Samples.request());
    stewards.end(8, PipelineOutcome.Result.DEPLOYED);
    assertThat(steward.status().tally().fruitless()).as("a new version ends it").isZero();
  }

  @Test
  void retraining_ofTheNewestRows_asksForThatMany() {
    stewards.firstRun(
        new RetrainingSpec(
            List.of("drift"),
            new RetrainingSpec.DataWindow(null, null, null, 40_000L),
            Duration.ZERO,
            8,
            Duration.ofDays(7)));

    stewards.drift(true, false);

    RecentRows recent = steward.status().active().request().recent();
    assertThat(recent.rows()).isEqualTo(40_000);
    assertThat(recent.alone()).isTrue();
    assertThat(recent.to()).isEqualTo(steward.status().lastDrift().at());
  }

  @Test
  void cost_ofRetrainings_isAddedUpFromTheirOutcomes() {
    stewards.firstRun(
        new RetrainingSpec(
            List.of("drift"),
            new RetrainingSpec.DataWindow(null, null, Duration.ofDays(30)),
            Duration.ZERO,
            8,
            Duration.ofDays(7),
            null,
            null,
            null,
            null,
            2.0));
    stewards.drift(true, false);
    assertThat(steward.status().active().request().recent().alone()).isTrue();
    steward.finished(
        new ModelSteward.RunFinished(
            "ModelPipeline:credit:2",
            new PipelineOutcome(
                "credit-2",
                PipelineOutcome.Result.REJECTED,
                "no",
                null,
                List.of(),
                null,
                null,
                null,
                2.5)));
    stewards.drift(true, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor())
        .isEqualTo("the budget of 2.00 USD in 30 days to free up, 2.50 are spent");
  }
}
