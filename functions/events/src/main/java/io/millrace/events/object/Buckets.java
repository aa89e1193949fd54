package io.millrace.events.object;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Objects in buckets. Every call has a timeout; a bucket that does not answer or refuses is an
 * exception that is worth another try. Thread-safe.
 */
public interface Buckets {
  /** An object's bytes; empty when there is none. For small objects. */
  Optional<byte[]> get(String bucket, String key);

  /**
   * An object's bytes as a stream.
   *
   * @throws io.millrace.events.event.EventInvalid when there is none
   */
  InputStream open(String bucket, String key);

  /** Size and entity tag; empty when there is none. */
  Optional<Head> head(String bucket, String key);

  /**
   * Creates an object when there is none ({@code If-None-Match: *}).
   *
   * @return false when there is one already, which is left as it is
   */
  boolean create(String bucket, String key, Path content);

  /** The same for a small object. */
  boolean create(String bucket, String key, byte[] content);

  /** Every key that starts with the prefix, ascending. */
  List<String> list(String bucket, String prefix);

  /**
   * @param tag changes with the content
   */
  record Head(long sizeBytes, String tag) {}
}
