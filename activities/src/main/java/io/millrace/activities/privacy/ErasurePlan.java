package io.millrace.activities.privacy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import java.time.Instant;
import java.util.List;

/**
 * What an erasure takes out of the store. It is written down before anything is changed, so that an
 * erasure which is cut off is finished by whoever starts it again.
 *
 * @param subject the pseudonym, never the key
 * @param datasets versions with rows of the subject
 * @param files parts of the prediction log and of labels with rows of the subject
 * @param models versions trained on one of the datasets
 * @param unsearchable versions of datasets without an id column: whether the subject is in them
 *     cannot be told
 */
public record ErasurePlan(
    int format,
    String subject,
    Instant opened,
    List<Version> datasets,
    List<File> files,
    List<ModelRef> models,
    List<String> unsearchable) {
  public ErasurePlan {
    Checks.digest("subject", subject);
    datasets = Checks.list(datasets);
    files = Checks.list(files);
    models = Checks.list(models);
    unsearchable = Checks.list(unsearchable);
  }

  /**
   * @param rows of the subject, those in quarantine included
   */
  public record Version(DatasetRef dataset, long rows) {}

  /**
   * @param key in the store
   */
  public record File(String key, long rows) {}

  /** Rows of the subject in all of it. */
  public long total() {
    return datasets.stream().mapToLong(Version::rows).sum()
        + files.stream().mapToLong(File::rows).sum();
  }

  @JsonIgnore
  boolean nothing() {
    return datasets.isEmpty() && files.isEmpty();
  }
}
