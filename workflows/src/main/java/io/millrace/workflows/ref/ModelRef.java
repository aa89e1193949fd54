package io.millrace.workflows.ref;

/**
 * A ModelVersion.
 *
 * @param name the model's name
 * @param version 1, 2, …
 * @param digest the package's digest
 */
public record ModelRef(String name, int version, String digest) {
  public ModelRef {
    Checks.name("name", name);
    Checks.positive("version", version);
    Checks.digest("digest", digest);
  }

  /** {@code models/<name>/versions/<n>/}. */
  public String prefix() {
    return "models/" + name + "/versions/" + version + "/";
  }

  /** {@code name@n}. */
  @Override
  public String toString() {
    return name + "@" + version;
  }
}
