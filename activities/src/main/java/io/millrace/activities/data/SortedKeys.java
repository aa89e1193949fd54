package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.duckdb.DuckDBReadableVector;

/**
 * Puts any number of 64-bit keys into order, equal ones counted, in memory that hardly grows with
 * them: they are dealt by their first byte into a file and sorted a 256th at a time. Keys are
 * spread evenly, as hashes are; where they are not, a 256th takes 16 bytes for each different one.
 * Not thread-safe.
 */
final class SortedKeys implements AutoCloseable {
  private static final int BUCKETS = 256;

  /** Keys that are dealt at once where there is one group, and at least. */
  private static final int BLOCK = 512;

  private static final int LEAST = 16;

  /** Keys that are sorted at once. */
  private static final int SORTED = 1 << 20;

  private final FileChannel file;
  private final int block;
  private final long[][] open;
  private final int[] used;
  private final List<List<Long>> written = new ArrayList<>();
  private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 18).order(ByteOrder.nativeOrder());
  private long position;

  /**
   * @param path of a file that is not there yet; it goes when this is closed
   * @param groups of keys that are sorted apart from each other, at least 1
   */
  SortedKeys(Path path, int groups) throws SQLException {
    try {
      file = scratch(path);
    } catch (IOException e) {
      throw unwritable(e);
    }
    block = Math.max(LEAST, BLOCK / groups);
    open = new long[groups * BUCKETS][];
    used = new int[groups * BUCKETS];
    for (int i = 0; i < open.length; i++) {
      written.add(new ArrayList<>());
    }
  }

  /** A new file that goes when it is closed. */
  static FileChannel scratch(Path path) throws IOException {
    return FileChannel.open(
        path,
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** Takes a key and how often it is there; false when no more are wanted. */
  @FunctionalInterface
  interface KeyReader {
    boolean take(long key, long count);

    /**
     * Takes the next keys without their being told apart, where that is enough.
     *
     * @param count of all of them together
     * @return false when each is wanted
     */
    default boolean takeAll(long count) {
      return false;
    }
  }

  /** SQL for a key of 63 bits, a BIGINT that is not negative, of a UBIGINT. */
  static String key(String unsigned) {
    return "CAST(" + unsigned + " >> 1 AS BIGINT)";
  }

  /**
   * Adds the keys of an answer.
   *
   * @param sql gives a {@link #key} and where there is more than one group, its number as BIGINT
   * @return keys
   */
  long addAll(DuckDb db, String sql) throws SQLException {
    boolean grouped = open.length > BUCKETS;
    long[] added = {0};
    try {
      db.blocks(
          sql,
          (rows, count) -> {
            DuckDBReadableVector values = rows.vector(0);
            DuckDBReadableVector groups = grouped ? rows.vector(1) : null;
            for (int i = 0; i < count; i++) {
              add(groups == null ? 0 : (int) groups.getLong(i), values.getLong(i));
            }
            added[0] += count;
          });
      return added[0];
    } catch (UncheckedIOException e) {
      throw unwritable(e);
    }
  }

  /** A key that is not negative. */
  void add(int group, long key) {
    // the first bucket holds the smallest
    int at = group * BUCKETS + (int) (key >>> 55);
    long[] keys = open[at];
    if (keys == null) {
      keys = new long[block];
      open[at] = keys;
    }
    keys[used[at]++] = key;
    if (used[at] == block) {
      if (out.remaining() < block * Long.BYTES) {
        flush();
      }
      written.get(at).add(position + out.position());
      out.asLongBuffer().put(keys);
      out.position(out.position() + block * Long.BYTES);
      used[at] = 0;
    }
  }

  private void flush() {
    try {
      out.flip();
      while (out.hasRemaining()) {
        position += file.write(out, position);
      }
      out.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Different keys of all groups; a key of two groups counts twice. */
  long different() throws SQLException {
    try {
      flush();
    } catch (UncheckedIOException e) {
      throw unwritable(e);
    }
    return Halves.sum(
        half -> {
          ByteBuffer in = buffer();
          DifferentKeys keys = new DifferentKeys(SORTED);
          long different = 0;
          for (int at = half; at < open.length; at += Halves.COUNT) {
            different += size(at) > SORTED ? sorted(at, in).different : different(at, in, keys);
          }
          return different;
        });
  }

  private int different(int at, ByteBuffer in, DifferentKeys keys) throws IOException {
    keys.clear(Math.toIntExact(size(at)));
    for (long from : written.get(at)) {
      read(in, from);
      while (in.hasRemaining()) {
        keys.add(in.getLong());
      }
    }
    for (int i = 0; i < used[at]; i++) {
      keys.add(open[at][i]);
    }
    return keys.size();
  }

  /** Keys of a 256th. */
  private long size(int at) {
    return (long) written.get(at).size() * block + used[at];
  }

  /** A block, from its beginning on. */
  private void read(ByteBuffer in, long from) throws IOException {
    in.clear();
    while (in.hasRemaining()) {
      if (file.read(in, from + in.position()) < 0) {
        throw new IOException("keys end early");
      }
    }
    in.flip();
  }

  /** Keys of a group, the smallest first. */
  void each(int group, KeyReader reader) throws SQLException {
    ByteBuffer in = buffer();
    try {
      flush();
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        int at = group * BUCKETS + bucket;
        if (reader.takeAll(size(at))) {
          continue;
        }
        Counted counted = sorted(at, in);
        for (int i = 0; i < counted.different; i++) {
          if (!reader.take(counted.keys[i], counted.counts[i])) {
            return;
          }
        }
      }
    } catch (UncheckedIOException e) {
      throw unwritable(e);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(block * Long.BYTES).order(ByteOrder.nativeOrder());
  }

  private Counted sorted(int at, ByteBuffer in) throws IOException {
    Counted counted = new Counted();
    List<Long> blocks = written.get(at);
    int most = (int) Math.min(SORTED, size(at));
    long[] keys = new long[Math.max(most, block)];
    int n = 0;
    for (long from : blocks) {
      read(in, from);
      if (n + block > keys.length) {
        counted.merge(keys, n);
        n = 0;
      }
      in.asLongBuffer().get(keys, n, block);
      n += block;
    }
    if (n + used[at] > keys.length) {
      counted.merge(keys, n);
      n = 0;
    }
    if (used[at] > 0) {
      System.arraycopy(open[at], 0, keys, n, used[at]);
    }
    counted.merge(keys, n + used[at]);
    return counted;
  }

  /** Different keys in order, with their counts. */
  private static final class Counted {
    private long[] keys = new long[0];
    private long[] counts = new long[0];
    private int different;

    void merge(long[] others, int n) {
      Arrays.sort(others, 0, n);
      long[] merged = new long[different + n];
      long[] both = new long[different + n];
      int size = 0;
      int a = 0;
      int b = 0;
      while (a < different || b < n) {
        boolean own = b == n || a < different && keys[a] <= others[b];
        long key = own ? keys[a] : others[b];
        long count = own ? counts[a++] : 1;
        b += own ? 0 : 1;
        if (size > 0 && merged[size - 1] == key) {
          both[size - 1] += count;
        } else {
          merged[size] = key;
          both[size++] = count;
        }
      }
      boolean tight = size * 2 > merged.length;
      keys = tight ? merged : Arrays.copyOf(merged, size);
      counts = tight ? both : Arrays.copyOf(both, size);
      different = size;
    }
  }

  /** The engine's word for the same. */
  static SQLException unwritable(Exception e) {
    return new SQLException("IO Error: " + e.getClass().getSimpleName(), e);
  }

  @Override
  public void close() throws SQLException {
    try {
      file.close();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }
}
