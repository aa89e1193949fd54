package io.millrace.workflows.port.gate;

import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.spec.Task;
import io.temporal.activity.ActivityInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks a packaged model with the runtime that serves. */
@ActivityInterface(namePrefix = "Gate")
public interface GateActivities {
  /**
   * Measures the model on the test split and judges every gate but approvals. A missing metric, an
   * empty slice, NaN or too few rows is {@code Rejected}. Heartbeats.
   */
  @Journaled
  GateReport evaluate(GateRequest request);

  /**
   * @param champion compared against; null when there is none yet, which non-inferiority accepts
   * @param target where it is to be deployed, for gates that measure there; null when none does,
   *     and from workers that knew none that do
   */
  record GateRequest(
      RunRef run,
      Task task,
      DatasetRef dataset,
      DataSpec data,
      PackageRef model,
      @Nullable ModelRef champion,
      List<GateSpec> gates,
      long seed,
      @Nullable TargetSpec target)
      implements JournaledRequest {}

  /**
   * @param metrics of the test split, with 95 % bootstrap intervals @param rows of the test split
   */
  record GateReport(List<Verdict> verdicts, List<Metric> metrics, long rows) {
    /** True when no {@code block} gate rejected. */
    public boolean passed() {
      return verdicts.stream()
          .noneMatch(v -> v instanceof Verdict.Rejected && v.severity() == GateSpec.Severity.BLOCK);
    }
  }
}
