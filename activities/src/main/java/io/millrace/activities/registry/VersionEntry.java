package io.millrace.activities.registry;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.Task;
import java.time.Instant;
import java.util.List;

/**
 * {@code version.json}: created last, so a version without one does not exist.
 *
 * @param prefix of the package, {@code models/<name>/versions/<n>/}
 * @param run the run that registered it
 * @param family of the winner, such as {@code mlp}
 * @param metrics of the test split, with 95 % intervals
 */
public record VersionEntry(
    int format,
    String name,
    int version,
    String digest,
    String prefix,
    long sizeBytes,
    String run,
    Instant created,
    Task task,
    String family,
    DatasetRef dataset,
    List<Metric> metrics) {
  public VersionEntry {
    Checks.name("name", name);
    Checks.digest("digest", digest);
    metrics = Checks.list(metrics);
  }

  public ModelRef ref() {
    return new ModelRef(name, version, digest);
  }
}
