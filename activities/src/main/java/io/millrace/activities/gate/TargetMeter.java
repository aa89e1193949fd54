package io.millrace.activities.gate;

import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts a package the way a target does and measures how it starts and answers. For targets whose
 * endpoints start while a caller waits; the others run what this process runs. Thread-safe.
 */
public interface TargetMeter {
  /** Whether endpoints there are measured by this. */
  boolean measures(TargetSpec target);

  /**
   * Starts it several times and asks it; nothing is left of it afterwards. May be repeated.
   *
   * @param model what to call it; its version says nothing yet
   * @param packageDir the package's two files
   * @param target where it is to be deployed; one that this measures
   * @param bodies requests of one row each, JSON; at least one, asked in turn
   * @param beat told between calls; may throw to stop
   * @throws TargetUnmeasured when it cannot be started here or does not answer
   */
  Measured measure(
      ModelRef model, Path packageDir, TargetSpec target, List<byte[]> bodies, Runnable beat)
      throws TargetUnmeasured;

  /**
   * @param cold milliseconds from the first request to its answer, start and opening of the model
   *     included; one of every start, in any order
   * @param warm milliseconds of requests to an instance that answered some hundred before, in any
   *     order
   * @param megabytes most resident memory of the process after its requests; null when unknown
   * @param where it was measured, for a sentence: "the function in …"
   */
  record Measured(List<Double> cold, List<Double> warm, @Nullable Double megabytes, String where) {
    public Measured {
      cold = List.copyOf(cold);
      warm = List.copyOf(warm);
    }
  }

  /** Says why, and what to do, in a sentence without a full stop. */
  final class TargetUnmeasured extends Exception {
    private static final long serialVersionUID = 1;

    public TargetUnmeasured(String why, @Nullable Throwable cause) {
      super(why, cause);
    }
  }
}
