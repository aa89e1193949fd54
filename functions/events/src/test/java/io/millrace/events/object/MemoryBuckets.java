package io.millrace.events.object;

import io.millrace.events.event.EventInvalid;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** Buckets in memory. */
public final class MemoryBuckets implements Buckets {
  private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();

  /** Writes or replaces. */
  public void put(String bucket, String key, String text) {
    objects.put(bucket + "/" + key, text.getBytes(StandardCharsets.UTF_8));
  }

  public void put(String bucket, String key, byte[] content) {
    objects.put(bucket + "/" + key, content);
  }

  public String text(String bucket, String key) {
    return new String(get(bucket, key).orElseThrow(), StandardCharsets.UTF_8);
  }

  @Override
  public Optional<byte[]> get(String bucket, String key) {
    return Optional.ofNullable(objects.get(bucket + "/" + key));
  }

  @Override
  public InputStream open(String bucket, String key) {
    return new ByteArrayInputStream(
        get(bucket, key).orElseThrow(() -> new EventInvalid("object: gone")));
  }

  @Override
  public Optional<Head> head(String bucket, String key) {
    return get(bucket, key).map(b -> new Head(b.length, "\"" + Arrays.hashCode(b) + "\""));
  }

  @Override
  public boolean create(String bucket, String key, Path content) {
    try {
      return create(bucket, key, Files.readAllBytes(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean create(String bucket, String key, byte[] content) {
    return objects.putIfAbsent(bucket + "/" + key, content) == null;
  }

  @Override
  public List<String> list(String bucket, String prefix) {
    String start = bucket + "/" + prefix;
    return objects.tailMap(start).keySet().stream()
        .takeWhile(key -> key.startsWith(start))
        .map(key -> key.substring(bucket.length() + 1))
        .toList();
  }
}
