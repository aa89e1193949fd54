package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.pipeline.PipelineStatus.SweepStatus;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.search.FakeSearch;
import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.port.train.SelectActivities.SelectRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.SearchSpec.Method;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a sweep proposes, trains and selects from, and how it goes on after a failure. */
class SweepWorkflowTest extends SweepBed {
  /** What no type of ours is retried for: minutes of retries in no time. */
  private static RuntimeException outOfRetries() {
    return ApplicationFailure.newNonRetryableFailure("store: down (expected: up)", "Unknown");
  }

  @Test
  void sweep_trainsEachProposalOnce_andNeverMoreThanParallel() {
    bed.specs.spec(Samples.searching(random(12), 3));
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    bed.train.habit(
        "mlp",
        request -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          three.countDown();
          try {
            // the first ones meet, so that a bound that is too low is seen as well
            three.await(5, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          now.decrementAndGet();
        });

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.train.calls("fit", TrialRequest.class))
        .extracting(TrialRequest::trial)
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThat(most.get()).isEqualTo(3);
    assertThat(bed.compute.calls("launch")).hasSize(3);
    assertThat(selected()).hasSize(12);
    SweepStatus sweep = Objects.requireNonNull(status().sweep());
    assertThat(sweep.done()).isEqualTo(12);
    assertThat(sweep.running()).isZero();
    assertThat(sweep.best()).hasSize(5);
    assertThat(sweep.best().getFirst().trial()).isEqualTo(11);
    assertThat(sweep.best().getFirst().parameters()).isEqualTo("hidden [64], point 11");
    assertThat(sweep.ended()).isNull();
  }

  @Test
  void proposals_seeEveryTrialBeforeThem_withItsValue() {
    bed.specs.spec(Samples.searching(random(4), 1));
    bed.pipeline(1).run(Samples.numbered(1));

    List<ProposeRequest> asked = bed.search.calls("propose", ProposeRequest.class);
    assertThat(asked).extracting(ProposeRequest::number).containsExactly(0, 1, 2, 3, 4);
    ProposeRequest last = asked.getLast();
    assertThat(last.tried()).extracting(Tried::trial).containsExactly(0, 1, 2, 3);
    assertThat(last.tried()).extracting(Tried::source).containsExactly(0, 1, 1, 1);
    assertThat(last.tried()).extracting(Tried::state).containsOnly(State.DONE);
    assertThat(last.tried().get(3).reached().getFirst().value()).isEqualTo(0.79);
  }

  @Test
  void pausedTrial_keepsItsResult_andIsPromotedUnderItsNumber() {
    bed.specs.spec(Samples.searching(new SearchSpec(Method.ASHA, 3, 3, 1), 2));
    bed.search.habit(FakeSearch::halving);

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.train.calls("fit", TrialRequest.class))
        .extracting(request -> request.trial() + " to " + request.stopAfter())
        .containsExactlyInAnyOrder("0 to 5", "1 to 5", "2 to 5", "2 to null");
    List<TrialResult> results = selections().getFirst().trials();
    assertThat(results).extracting(TrialResult::trial).containsExactly(0, 1, 2);
    assertThat(results).extracting(TrialResult::paused).containsExactly(true, true, false);
    SweepStatus sweep = Objects.requireNonNull(status().sweep());
    assertThat(sweep.paused()).isEqualTo(2);
    assertThat(sweep.done()).isEqualTo(1);
    assertThat(status().steps())
        .extracting(PipelineStatus.Step::detail)
        .contains("3 trials finished, 2 of them paused before their end");
  }

  @Test
  void promotionOfATrialThatStillRuns_waitsForIt() {
    bed.specs.spec(Samples.searching(new SearchSpec(Method.ASHA, 1, 3, 1), 2));
    // a run that resumes another one is answered as that one was, before the result is back
    bed.search.habit(
        request ->
            switch (request.number()) {
              case 0 -> Proposal.train(0, 0, request.candidates().get(0), 5);
              case 1 -> Proposal.train(0, 0, request.candidates().get(0), null);
              default -> Proposal.END;
            });
    AtomicInteger now = new AtomicInteger();
    bed.train.habit(
        "linear",
        request -> {
          assertThat(now.incrementAndGet()).isEqualTo(1);
          now.decrementAndGet();
        });

    assertThat(bed.pipeline(1).run(Samples.numbered(1)).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.train.calls("fit", TrialRequest.class))
        .extracting(TrialRequest::stopAfter)
        .containsExactly(5, null);
  }

  @Test
  void divergedTrials_end_andTheSweepGoesOn() {
    bed.specs.spec(Samples.searching(random(6), 2));
    bed.train.habit(
        "mlp",
        request -> {
          if (request.trial() % 2 == 1) {
            throw Failures.of(FailureType.TRAINING_DIVERGED, "loss: NaN (expected: finite)");
          }
        });

    assertThat(bed.pipeline(1).run(Samples.numbered(1)).result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 2, 4);
    SweepStatus sweep = Objects.requireNonNull(status().sweep());
    assertThat(sweep.diverged()).isEqualTo(3);
    assertThat(bed.train.calls("fit-mlp")).hasSize(5);
  }

  @Test
  void suspendedSweep_resumed_trainsOnlyWhatIsLeft() {
    bed.specs.spec(Samples.searching(random(6), 2));
    AtomicInteger calls = new AtomicInteger();
    bed.train.habit(
        "mlp",
        request -> {
          if (request.trial() == 3 && calls.incrementAndGet() == 1) {
            throw outOfRetries();
          }
        });
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");
    assertThat(bed.train.calls("fit", TrialRequest.class).stream().map(TrialRequest::trial))
        .contains(0, 1, 2, 4, 5);

    run.resume(new ResumeRequest(ResumeRequest.Action.RETRY, "ann", null));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 1, 2, 3, 4, 5);
    for (int trial : List.of(0, 1, 2, 4, 5)) {
      assertThat(
              bed.train.calls("fit", TrialRequest.class).stream()
                  .filter(request -> request.trial() == trial))
          .as("trial " + trial)
          .hasSize(1);
    }
    assertThat(bed.search.calls("propose", ProposeRequest.class))
        .filteredOn(request -> request.number() < 6)
        .extracting(ProposeRequest::number)
        .containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void searchThatDoesNotAnswer_suspends_andGoesOnWhereItWas() {
    bed.specs.spec(Samples.searching(random(4), 2));
    AtomicInteger asked = new AtomicInteger();
    bed.search.habit(
        request -> {
          if (request.number() == 2 && asked.incrementAndGet() == 1) {
            throw outOfRetries();
          }
          return FakeSearch.next(request);
        });
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");
    assertThat(bed.train.calls("fit")).hasSize(2);

    run.resume(new ResumeRequest(ResumeRequest.Action.RETRY, "ann", null));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 1, 2, 3);
    assertThat(bed.train.calls("fit")).hasSize(4);
  }

  @Test
  void statusOfAHundredTrials_isSmall_andSoIsWhatSelectionAndReportGet() throws Exception {
    bed.specs.spec(Samples.searching(random(100), 8));

    bed.pipeline(1).run(Samples.numbered(1));

    PipelineStatus status = status();
    assertThat(Objects.requireNonNull(status.sweep()).done()).isEqualTo(100);
    assertThat(status.trials()).hasSize(TrialBook.SHOWN);
    assertThat(PayloadJson.mapper().writeValueAsBytes(status).length).isLessThan(16 << 10);
    assertThat(Details.of(status, List.of()).length()).isLessThan(8 << 10);
    SelectRequest request = selections().getFirst();
    assertThat(request.trials()).hasSize(64);
    assertThat(request.trials().getLast().trial()).isEqualTo(99);
    assertThat(PayloadJson.mapper().writeValueAsBytes(request).length).isLessThan(64 << 10);
    ReportRequest report = bed.reports.calls("write", ReportRequest.class).getLast();
    assertThat(report.trials()).isEmpty();
    assertThat(report.results()).hasSize(100);
    assertThat(PayloadJson.mapper().writeValueAsBytes(report).length).isLessThan(32 << 10);
    // events of the run: about ten a trial
    assertThat(bed.client().fetchHistory(WorkflowIds.pipeline(Samples.MODEL, 1)).getEvents().size())
        .isLessThan(1600);
  }

  @Test
  void winnerOfASweep_isRegisteredWithWhatWasChosen() {
    bed.specs.spec(Samples.searching(random(3), 2));

    bed.pipeline(1).run(Samples.numbered(1));

    assertThat(
            bed.registry
                .calls(
                    "register",
                    io.millrace.workflows.port.registry.RegistryActivities.RegisterRequest.class)
                .getFirst()
                .winner()
                .parameters())
        .containsEntry("point", 2);
  }
}
