package io.millrace.workflows.ref;

/**
 * A DatasetVersion, by content.
 *
 * @param name the dataset's name (the model's, unless the spec says otherwise)
 * @param digest SHA-256 of the manifest's content; names {@code datasets/<name>/<digest>/}
 * @param rows rows kept, over all splits
 */
public record DatasetRef(String name, String digest, long rows) {
  public DatasetRef {
    Checks.name("name", name);
    Checks.digest("digest", digest);
    Checks.positive("rows", rows);
  }

  /** {@code datasets/<name>/<digest>/}. */
  public String prefix() {
    return "datasets/" + name + "/" + digest + "/";
  }
}
