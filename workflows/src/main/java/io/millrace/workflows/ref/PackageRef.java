package io.millrace.workflows.ref;

/**
 * A packaged model in the store that is not a version yet.
 *
 * @param prefix the store prefix that holds its files, ending in {@code /}
 * @param digest SHA-256 over the package's manifest of files: equal weights, graph, schema and
 *     preprocessing give the same digest, whatever the run, the node or the time
 * @param sizeBytes all files together
 */
public record PackageRef(String prefix, String digest, long sizeBytes) {
  public PackageRef {
    Checks.present("prefix", prefix);
    Checks.digest("digest", digest);
    Checks.positive("sizeBytes", sizeBytes);
  }
}
