package io.millrace.activities.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes plain files as POSIX ustar: no owner, one time for all, no folders of their own. Equal
 * files give equal bytes.
 */
final class TarWriter implements AutoCloseable {
  static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final int PREFIX = 155;

  private final OutputStream out;
  private final long seconds;

  /**
   * @param seconds modification time of every file, Unix time
   */
  TarWriter(OutputStream out, long seconds) {
    this.out = out;
    this.seconds = seconds;
  }

  void add(String path, long sizeBytes, boolean executable, InputStream content)
      throws IOException {
    out.write(header(path, sizeBytes, executable));
    if (content.transferTo(out) != sizeBytes) {
      throw new IOException(path + ": changed while it was packed");
    }
    int rest = (int) (sizeBytes % BLOCK);
    if (rest > 0) {
      out.write(new byte[BLOCK - rest]);
    }
  }

  private byte[] header(String path, long sizeBytes, boolean executable) {
    byte[] header = new byte[BLOCK];
    int cut = path.length() <= NAME ? -1 : path.lastIndexOf('/', PREFIX);
    String name = path.substring(cut + 1);
    if (name.length() > NAME) {
      throw new IllegalArgumentException(
          "path: " + path + " (expected: at most 100 + 155 letters)");
    }
    text(header, 0, name);
    octal(header, 100, 8, executable ? 0755 : 0644);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, sizeBytes);
    octal(header, 136, 12, seconds);
    header[156] = '0';
    text(header, 257, "ustar");
    text(header, 263, "00");
    text(header, 345, cut < 0 ? "" : path.substring(0, cut));
    text(header, 148, "        ");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    octal(header, 148, 7, sum);
    header[154] = 0;
    header[155] = ' ';
    return header;
  }

  private static void text(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void octal(byte[] header, int at, int length, long value) {
    String digits = Long.toOctalString(value);
    text(header, at, "0".repeat(length - 1 - digits.length()) + digits);
  }

  /** Two empty blocks end an archive. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.close();
  }
}
