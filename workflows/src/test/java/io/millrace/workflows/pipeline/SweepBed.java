package io.millrace.workflows.pipeline;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.train.SelectActivities.SelectRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.SearchSpec.Method;
import io.temporal.activity.Activity;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** What a test of a sweep stands on: a bed, trials that train as long as they are let, results. */
abstract class SweepBed {
  final TestBed bed = new TestBed();

  @AfterEach
  final void close() {
    bed.close();
  }

  static SearchSpec random(int trials) {
    return new SearchSpec(Method.RANDOM, trials, 3, 1);
  }

  /** Until the latch opens, or somebody cancels. */
  static void trainUntil(CountDownLatch latch) {
    try {
      while (!latch.await(20, TimeUnit.MILLISECONDS)) {
        Activity.getExecutionContext().heartbeat("epoch");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  final PipelineStatus status() {
    return bed.client()
        .newWorkflowStub(ModelPipeline.class, WorkflowIds.pipeline(Samples.MODEL, 1))
        .status();
  }

  final List<SelectRequest> selections() {
    return bed.select.calls("winner", SelectRequest.class);
  }

  final List<Integer> selected() {
    return selections().getFirst().trials().stream().map(TrialResult::trial).toList();
  }
}
