package io.millrace.events.object;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code s3://bucket/prefix}, as a setting names it.
 *
 * @param prefix empty, or ending in a slash
 */
public record BucketPrefix(String bucket, String prefix) {
  private static final Pattern URI =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?");

  /**
   * @param setting where it is written, for the message
   * @throws IllegalArgumentException when it is no such text
   */
  public static BucketPrefix of(String setting, String uri) {
    Matcher parts = URI.matcher(uri);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          setting + ": " + uri + " (expected: s3://bucket or s3://bucket/prefix)");
    }
    String prefix = parts.group(2) == null ? "" : parts.group(2);
    return new BucketPrefix(
        parts.group(1), prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/");
  }

  /** The object's key in the bucket. */
  public String key(String name) {
    return prefix + name;
  }
}
