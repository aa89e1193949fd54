package io.millrace.inference.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** A folder as the log's sink: keys are paths below it. */
public final class FileLogSink implements LogSink {
  private final Path root;

  public FileLogSink(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public void write(String key, byte[] content) {
    Path file = root.resolve(key).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw new IllegalArgumentException("key: " + key + " (expected: a path below the root)");
    }
    try {
      Files.createDirectories(file.getParent());
      // aside, then moved: readers never see half a part. In the same folder, since the root may be
      // another file system (a container sees one model's folder only), under a name no store lists
      Path aside = file.resolveSibling(".tmp-" + UUID.randomUUID());
      try {
        Files.write(aside, content);
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(aside);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }
}
