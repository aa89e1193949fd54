package io.millrace.infra.worker;

import io.millrace.activities.train.Interruption;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;

/**
 * Refuses trials on a node that was told to leave. A poll that was under way may still bring one:
 * it goes to a node that stays, as {@code SPOT_INTERRUPTED}.
 */
final class LeavingInterceptor extends WorkerInterceptorBase {
  private final Interruption interruption;

  LeavingInterceptor(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new ActivityInboundCallsInterceptorBase(next) {
      @Override
      public ActivityOutput execute(ActivityInput input) {
        if (interruption.requested()) {
          throw Failures.of(
              FailureType.SPOT_INTERRUPTED,
              "node: leaving (expected: nothing, the next one trains)");
        }
        return super.execute(input);
      }
    };
  }
}
