package io.millrace.activities.store;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Append-only sequences on conditional create: {@code <prefix>0000000001.json}, … Appending is
 * "create the next when absent"; the head is the highest.
 */
public final class Sequences {
  private static final int TRIES = 200;
  private final ObjectStore store;

  public Sequences(ObjectStore store) {
    this.store = store;
  }

  /** One entry. @param seq 1, 2, … */
  public record Entry(long seq, byte[] content) {}

  /** The newest entry; empty for an empty sequence. */
  public Optional<Entry> head(String prefix) {
    List<String> keys = entries(prefix);
    return keys.isEmpty() ? Optional.empty() : Optional.of(read(keys.getLast()));
  }

  /** Every entry, oldest first. */
  public List<Entry> all(String prefix) {
    return entries(prefix).stream().map(this::read).toList();
  }

  /**
   * Appends what the function makes of the sequence number and the head (null when there is none);
   * when it makes null nothing is appended. Tried again with the new head when somebody was faster.
   *
   * @return the entry that was appended; empty when the function made null
   */
  public Optional<Entry> append(
      String prefix, BiFunction<Long, @Nullable Entry, byte @Nullable []> next) {
    for (int i = 0; i < TRIES; i++) {
      Entry head = head(prefix).orElse(null);
      long seq = head == null ? 1 : head.seq() + 1;
      byte[] content = next.apply(seq, head);
      if (content == null) {
        return Optional.empty();
      }
      if (store.create(prefix + "%010d.json".formatted(seq), content)) {
        return Optional.of(new Entry(seq, content));
      }
    }
    throw new IllegalStateException(prefix + ": lost " + TRIES + " races to append");
  }

  private List<String> entries(String prefix) {
    return store.list(prefix).stream()
        .filter(key -> key.substring(prefix.length()).matches("\\d{10}\\.json"))
        .toList();
  }

  private Entry read(String key) {
    String name = key.substring(key.lastIndexOf('/') + 1, key.length() - ".json".length());
    byte[] content =
        store.get(key).orElseThrow(() -> new IllegalStateException(key + ": listed but not there"));
    return new Entry(Long.parseLong(name), content);
  }
}
