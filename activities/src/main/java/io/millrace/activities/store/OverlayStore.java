package io.millrace.activities.store;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A store that reads from another and writes beside it: what is written is seen over what was
 * there, and the other store stays as it is.
 */
public final class OverlayStore implements ObjectStore {
  private final ObjectStore base;
  private final ObjectStore top;

  /**
   * @param base only read
   * @param top takes what is written
   */
  public OverlayStore(ObjectStore base, ObjectStore top) {
    this.base = base;
    this.top = top;
  }

  @Override
  public Optional<byte[]> get(String key) {
    return top.get(key).or(() -> base.get(key));
  }

  @Override
  public InputStream open(String key) {
    return holder(key).open(key);
  }

  @Override
  public URI link(String key, Duration valid) {
    return holder(key).link(key, valid);
  }

  @Override
  public void fetch(String key, Path target) {
    holder(key).fetch(key, target);
  }

  @Override
  public Optional<Long> sizeBytes(String key) {
    return top.sizeBytes(key).or(() -> base.sizeBytes(key));
  }

  @Override
  public boolean create(String key, byte[] content) {
    return base.sizeBytes(key).isEmpty() && top.create(key, content);
  }

  @Override
  public boolean create(String key, Path content) {
    return base.sizeBytes(key).isEmpty() && top.create(key, content);
  }

  @Override
  public void put(String key, byte[] content) {
    top.put(key, content);
  }

  @Override
  public void put(String key, Path content) {
    top.put(key, content);
  }

  @Override
  public List<String> list(String prefix) {
    TreeSet<String> keys = new TreeSet<>(base.list(prefix));
    keys.addAll(top.list(prefix));
    return List.copyOf(keys);
  }

  /** What was written here only: an object of the other store stays. */
  @Override
  public void delete(String key) {
    top.delete(key);
  }

  @Override
  public String location(String key) {
    return holder(key).location(key);
  }

  /** Of the store that takes what is written. */
  @Override
  public String uri() {
    return top.uri();
  }

  @Override
  public void close() {
    top.close();
    base.close();
  }

  private ObjectStore holder(String key) {
    return top.sizeBytes(key).isPresent() ? top : base;
  }
}
