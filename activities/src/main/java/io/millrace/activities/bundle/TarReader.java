package io.millrace.activities.bundle;

import io.millrace.inference.edge.BundleInvalid;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link TarWriter} writes and refuses everything else: links, devices, folders, long
 * names by extension. So no entry can point out of the folder but by its path, which the manifest's
 * own rule checks.
 */
final class TarReader {
  private final InputStream in;
  private long left;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  record Entry(String path, long sizeBytes, boolean executable) {}

  /**
   * The next file; null at the end.
   *
   * @throws BundleInvalid when it is no plain file or the archive is damaged
   */
  @Nullable Entry next() throws IOException {
    in.skipNBytes(left + padding);
    byte[] header = in.readNBytes(TarWriter.BLOCK);
    if (header.length < TarWriter.BLOCK) {
      throw new EOFException("archive: cut off (expected: whole)");
    }
    int sum = 0;
    for (int i = 0; i < header.length; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum == 8 * ' ') {
      return null;
    }
    if (octal(header, 148, 6) != sum) {
      throw new BundleInvalid("archive: a header's sum is wrong (expected: a tar archive)");
    }
    String prefix = text(header, 345, 155);
    String path = (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
    if (header[156] != '0') {
      throw new BundleInvalid(
          "archive: " + path + ": of type " + (char) header[156] + " (expected: plain files)");
    }
    left = octal(header, 124, 11);
    padding = (int) (-left & (TarWriter.BLOCK - 1));
    return new Entry(path, left, (octal(header, 100, 7) & 0100) != 0);
  }

  /** The entry's bytes, at most as many as fit; -1 at its end. */
  int read(byte[] buffer) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
    if (read < 0) {
      throw new EOFException("archive: cut off (expected: whole)");
    }
    left -= read;
    return read;
  }

  /**
   * Reads what is behind the last file, so that the compression's own sum is checked.
   *
   * @throws BundleInvalid when that is more than padding
   */
  void end() throws IOException {
    byte[] rest = in.readNBytes(20 * TarWriter.BLOCK + 1);
    boolean empty = rest.length <= 20 * TarWriter.BLOCK;
    for (byte each : rest) {
      empty &= each == 0;
    }
    if (!empty) {
      throw new BundleInvalid("archive: more after its end (expected: nothing)");
    }
  }

  private static String text(byte[] header, int at, int most) {
    int end = at;
    while (end < at + most && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, StandardCharsets.US_ASCII);
  }

  private static long octal(byte[] header, int at, int length) {
    long value = 0;
    for (int i = at; i < at + length; i++) {
      if (header[i] < '0' || header[i] > '7') {
        throw new BundleInvalid("archive: a number is wrong (expected: a tar archive)");
      }
      value = value * 8 + header[i] - '0';
    }
    return value;
  }
}
