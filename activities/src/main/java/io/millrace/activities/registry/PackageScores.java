package io.millrace.activities.registry;

import io.millrace.workflows.ref.DatasetRef;
import java.nio.file.Path;

/** Scores rows of a dataset with a package, as the endpoint will. */
@FunctionalInterface
interface PackageScores {
  /**
   * What the prediction log holds for each row: the positive class's probability (binary), the top
   * class's probability (multiclass), the value (regression).
   *
   * @param folder a package
   * @param split {@code train}, {@code validation} or {@code test}
   * @return {@code (rows)}
   */
  double[] of(Path folder, DatasetRef dataset, String split);
}
