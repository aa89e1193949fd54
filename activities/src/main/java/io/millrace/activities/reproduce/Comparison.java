package io.millrace.activities.reproduce;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version beside what training it again gave.
 *
 * @param again digest of the package that was trained now
 * @param same true when both digests are equal: every weight and every number of the preprocessing
 * @param differences parts of the package that differ; empty when it is the same
 * @param apart greatest difference of two scores of one row; null when it is the same, or when the
 *     scores cannot be compared
 * @param rows of the validation split that were scored by both; 0 when it is the same
 * @param elsewhere how this machine and code differ from those that trained the version; may hold
 *     something even when the result is the same
 */
public record Comparison(
    ModelRef version,
    String again,
    boolean same,
    List<Difference> differences,
    @Nullable Double apart,
    int rows,
    List<Difference> elsewhere) {
  public Comparison {
    differences = Checks.list(differences);
    elsewhere = Checks.list(elsewhere);
  }

  /**
   * @param what in words
   * @param registered as recorded
   * @param here as found now
   */
  public record Difference(String what, String registered, String here) {}
}
