package io.millrace.activities.store;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * All durable state outside Temporal. Keys are {@code a/b/c}: no empty part, no {@code ..}, no
 * leading slash; a bad key is an {@link IllegalArgumentException} before anything is touched.
 *
 * <p>Conditional create is the only lock. Thread-safe. Every call has a timeout; a store that does
 * not answer or refuses is {@code STORE_UNAVAILABLE}, a missing object that was asked for by {@link
 * #open} or {@link #fetch} is {@code NOT_FOUND}.
 */
public interface ObjectStore extends AutoCloseable {
  /** The object's bytes; empty when there is none. For small objects. */
  Optional<byte[]> get(String key);

  /** The object's bytes as a stream. */
  InputStream open(String key);

  /** Downloads to a file, replacing it; the file appears whole or not at all. */
  void fetch(String key, Path target);

  /** Size in bytes; empty when there is none. */
  Optional<Long> sizeBytes(String key);

  /**
   * Creates the object when there is none ({@code If-None-Match: *}).
   *
   * @return false when there is one already, which is left as it is
   */
  boolean create(String key, byte[] content);

  /** The same for a file of any size. */
  boolean create(String key, Path content);

  /** Writes or replaces: for temporary keys, derived pages, and files a person is erased from. */
  void put(String key, byte[] content);

  /** The same for a file of any size. */
  void put(String key, Path content);

  /** Every key that starts with the prefix, ascending; temporary files are not listed. */
  List<String> list(String prefix);

  /** One that is gone already is success. */
  void delete(String key);

  /** Where a person finds the object: a path or {@code s3://…}. */
  String location(String key);

  /**
   * Reads the object for whoever holds it, without credentials: a pre-signed URL, or a path of this
   * machine. The object need not be there yet.
   *
   * @param valid how long; at most seven days, and no longer than our own credentials
   */
  URI link(String key, Duration valid);

  /** The setting that opens this store: {@code file:/…} or {@code s3://bucket/prefix}. */
  String uri();

  @Override
  void close();
}
