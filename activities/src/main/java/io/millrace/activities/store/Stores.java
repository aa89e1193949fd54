package io.millrace.activities.store;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.net.URI;
import java.nio.file.Path;

/** Opens the store of a setting. */
public final class Stores {
  private Stores() {}

  /**
   * @param uri {@code file:/folder}, {@code file:folder}, or {@code s3://bucket/prefix}; S3's
   *     region, credentials and {@code AWS_ENDPOINT_URL} come from the SDK's chain
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} for any other text,
   *     {@code STORE_UNAVAILABLE} when it is not there or cannot be written
   */
  public static ObjectStore open(String uri) {
    if (uri.startsWith("file:")) {
      return new FileStore(folder(uri));
    }
    if (uri.startsWith("s3://")) {
      String rest = uri.substring("s3://".length());
      int slash = rest.indexOf('/');
      String bucket = slash < 0 ? rest : rest.substring(0, slash);
      String prefix = slash < 0 ? "" : rest.substring(slash + 1);
      if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
        throw invalid(uri);
      }
      try {
        S3Store store = new S3Store(S3Clients.open(), bucket, prefix);
        store.check();
        return store;
      } catch (IllegalArgumentException e) {
        throw invalid(uri);
      }
    }
    throw invalid(uri);
  }

  private static Path folder(String uri) {
    String rest = uri.substring("file:".length());
    try {
      return rest.startsWith("//")
          ? Path.of(URI.create(uri))
          : Path.of(rest.isEmpty() ? "." : rest);
    } catch (IllegalArgumentException e) {
      throw invalid(uri);
    }
  }

  private static RuntimeException invalid(String uri) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        "store: " + uri + " (expected: file:/folder or s3://bucket/prefix)");
  }
}
