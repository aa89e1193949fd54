package io.millrace.activities.train;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.lang.management.ManagementFactory;

/**
 * What a trial may take, so that data which is too large is refused with a number instead of ending
 * the process. Garbage that is not collected yet is no reason to refuse, so these are limits, not
 * what is free.
 *
 * @param heapBytes for columns as they are read
 * @param bufferBytes for encoded rows
 * @param machineBytes for those and for the engine's arrays
 */
record NodeMemory(long heapBytes, long bufferBytes, long machineBytes) {
  /** Of this process; within a container's limit when there is one. */
  static NodeMemory here() {
    long heap = Runtime.getRuntime().maxMemory();
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long option =
        Long.parseLong(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
    return new NodeMemory(
        // a quarter is for everything else
        heap / 4 * 3,
        // unset, the limit of buffers outside the heap is the heap's
        option > 0 ? option : heap,
        Math.max(0, machine - heap));
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when the heap is too small
   */
  void forColumns(String split, long rows, long bytesPerRow) {
    if (rows * bytesPerRow > heapBytes) {
      throw tooLarge(split + ": " + rows + " rows", rows * bytesPerRow, heapBytes);
    }
  }

  /**
   * @param train rows, which are held as they are stored and in an epoch's order
   * @param held rows of the validation split
   * @param inputs of a row, float32
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when they do not fit
   */
  void forRows(long train, long held, long inputs) {
    long stored = Float.BYTES * inputs * (train + held);
    long copied = Float.BYTES * inputs * train;
    String what = "train: " + train + " rows x " + inputs + " inputs";
    if (stored > bufferBytes) {
      throw tooLarge(what, stored, bufferBytes);
    }
    if (stored + copied > machineBytes) {
      throw tooLarge(what, stored + copied, machineBytes);
    }
  }

  private static RuntimeException tooLarge(String what, long need, long there) {
    return Failures.of(
        FailureType.DATA_INVALID,
        what
            + " need "
            + need
            + " bytes (expected: at most "
            + there
            + ", which this node has: raise trainer.heap or take a larger machine, or fewer rows,"
            + " columns or bins)");
  }
}
