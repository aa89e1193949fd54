package io.millrace.activities.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Keys of rows, in the order in which they came, in a file that goes when this is closed. */
final class KeyLog implements AutoCloseable {
  private static final int ENTRY = 2 * Long.BYTES;

  /** Of a row's number; its group stands in the bits above. */
  private static final int BITS = 48;

  private final FileChannel file;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(ENTRY << 14).order(ByteOrder.nativeOrder());

  /** Takes an entry. */
  @FunctionalInterface
  interface Reader {
    void take(long row, int group, long key);
  }

  KeyLog(Path path) throws IOException {
    file = SortedKeys.scratch(path);
  }

  /**
   * @param row below 2^48
   * @param group below 2^15
   */
  void add(long row, int group, long key) {
    buffer.putLong((long) group << BITS | row).putLong(key);
    if (!buffer.hasRemaining()) {
      flush();
    }
  }

  private void flush() {
    try {
      buffer.flip();
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      buffer.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them; nothing can be added after it. */
  void each(Reader reader) throws IOException {
    flush();
    file.position(0);
    while (file.read(buffer) >= 0) {
      buffer.flip();
      while (buffer.remaining() >= ENTRY) {
        long row = buffer.getLong();
        reader.take(row & (1L << BITS) - 1, (int) (row >>> BITS), buffer.getLong());
      }
      buffer.compact();
    }
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
