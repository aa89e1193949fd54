package io.millrace.activities.data;

import io.millrace.activities.data.Increments.FileRead;
import io.millrace.activities.dataset.Sha256;
import io.millrace.workflows.spec.SourceSpec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What of a staged source has not been read yet. A file that is as it was is left out; one of lines
 * that begins with the very bytes it had, and ended with a whole line, is read from there on.
 *
 * @param source the files with something new
 * @param all what will have been read of every file
 * @param told whether every row in the files is new: none of them was read before in another state
 */
record UnreadFiles(StagedSource source, Map<String, FileRead> all, boolean told) {
  static UnreadFiles of(StagedSource staged, SourceSpec spec, Map<String, FileRead> before)
      throws IOException {
    List<Path> files = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Map<String, FileRead> all = new TreeMap<>(before);
    boolean told = true;
    for (int i = 0; i < staged.files().size(); i++) {
      Path file = staged.files().get(i);
      String name = staged.names().get(i);
      long bytes = Files.size(file);
      FileRead read = before.get(name);
      all.put(name, new FileRead(bytes, Sha256.of(file)));
      boolean same = read != null && bytes >= read.bytes() && begins(file, read);
      if (same && read != null && bytes == read.bytes()) {
        continue;
      }
      if (same && read != null && byLines(spec) && endsLine(file, read.bytes())) {
        files.add(rest(file, read.bytes(), header(spec)));
      } else {
        told &= read == null;
        files.add(file);
      }
      names.add(name);
    }
    return new UnreadFiles(
        new StagedSource(staged.shown(), files, names, staged.modified(), staged.etag()),
        all,
        told);
  }

  /** Whether bytes are what a reader of lines sees. */
  private static boolean byLines(SourceSpec spec) {
    return spec.format().equals("jsonl")
        || (spec.format().equals("csv") && spec.encoding() == null);
  }

  private static boolean header(SourceSpec spec) {
    return spec.format().equals("csv") && !Boolean.FALSE.equals(spec.header());
  }

  private static boolean begins(Path file, FileRead read) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      long left = read.bytes();
      while (left > 0) {
        int got = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (got < 0) {
          return false;
        }
        digest.update(buffer, 0, got);
        left -= got;
      }
    }
    return HexFormat.of().formatHex(digest.digest()).equals(read.sha256());
  }

  private static boolean endsLine(Path file, long bytes) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] mark = in.readNBytes(2);
      boolean utf16 = mark.length == 2 && (mark[0] & 0xfe) == 0xfe && (mark[1] & 0xfe) == 0xfe;
      in.skipNBytes(Math.max(0, bytes - 3));
      return bytes > 2 && !utf16 && in.read() == '\n';
    }
  }

  private static Path rest(Path file, long from, boolean header) throws IOException {
    Path target = file.resolveSibling(file.getFileName() + "-rest");
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        OutputStream out = Files.newOutputStream(target)) {
      long at = header ? first(in, out) : 0;
      in.skipNBytes(from - at);
      in.transferTo(out);
    }
    Files.delete(file);
    return target;
  }

  /** Copies the first record; gives its length. */
  private static long first(InputStream in, OutputStream out) throws IOException {
    long at = 0;
    boolean quoted = false;
    int b = in.read();
    while (b >= 0) {
      out.write(b);
      at++;
      quoted ^= b == '"';
      if (b == '\n' && !quoted) {
        return at;
      }
      b = in.read();
    }
    return at;
  }
}
