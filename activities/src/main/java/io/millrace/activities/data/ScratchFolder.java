package io.millrace.activities.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for the raw rows of one ingest, deleted when it is closed. A lock on the file beside it
 * says that its process lives: the system gives the lock back however the process ends, so that
 * {@link #clear} finds what a killed one left.
 */
final class ScratchFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScratchFolder.class);
  private static final String LOCK = ".lock";

  /** Of this process: to open and close the lock file of one of these would give its lock back. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Path lockFile;
  private final FileChannel channel;

  private ScratchFolder(Path folder, Path lockFile, FileChannel channel) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.channel = channel;
  }

  /** A new, empty folder below the parent. */
  static ScratchFolder open(Path parent) throws IOException {
    Path real = Files.createDirectories(parent).toRealPath();
    while (true) {
      Path folder = real.resolve(UUID.randomUUID().toString());
      Path lockFile = lockFile(folder);
      HELD.add(folder);
      FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      // a starting process may have cleared the file between its creation and its lock
      if (channel.tryLock() != null && Files.exists(lockFile)) {
        Files.createDirectory(folder);
        return new ScratchFolder(folder, lockFile, channel);
      }
      channel.close();
      HELD.remove(folder);
    }
  }

  Path path() {
    return folder;
  }

  @Override
  public void close() {
    try {
      delete(folder);
      Files.deleteIfExists(lockFile);
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("raw rows may be left in " + folder, e);
    } finally {
      HELD.remove(folder);
    }
  }

  /** Deletes the folders below the parent whose process is gone; says how many. */
  static int clear(Path parent) {
    int cleared = 0;
    try {
      if (!Files.isDirectory(parent)) {
        return 0;
      }
      Set<Path> folders = new TreeSet<>();
      try (Stream<Path> paths = Files.list(parent.toRealPath())) {
        paths.forEach(path -> folders.add(folder(path)));
      }
      folders.removeAll(HELD);
      for (Path folder : folders) {
        cleared += clearUnheld(folder) ? 1 : 0;
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("{}: raw rows of an ended process may be left: {}", parent, e.toString());
    }
    if (cleared > 0) {
      LOG.info("{}: cleared what {} ended ingests left", parent, cleared);
    }
    return cleared;
  }

  private static boolean clearUnheld(Path folder) throws IOException {
    Path lockFile = lockFile(folder);
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return false;
      }
      delete(folder);
      Files.deleteIfExists(lockFile);
      return true;
    } catch (NoSuchFileException e) {
      // the lock file is there before the folder and goes after it
      delete(folder);
      return true;
    }
  }

  private static Path lockFile(Path folder) {
    return folder.resolveSibling(folder.getFileName() + LOCK);
  }

  private static Path folder(Path entry) {
    String name = entry.getFileName().toString();
    return name.endsWith(LOCK)
        ? entry.resolveSibling(name.substring(0, name.length() - LOCK.length()))
        : entry;
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
