package io.millrace.inference.edge;

import io.millrace.inference.log.FileLogSink;
import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.PartProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that keeps the parts of the prediction log and their profiles until they are shipped,
 * under the keys they will have in the store. Bounded: a part that does not fit pushes out the
 * oldest ones, whose rows are counted in {@code dropped}. Thread-safe; another process may take
 * files away.
 */
public final class Spool implements LogSink {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
  private static final String PARTS = "parts";
  private static final String DROPPED = "dropped";
  private static final String PROFILE = ".profile.json";

  private static final Duration HALF = Duration.ofMinutes(10);

  private final Path dir;
  private final Path parts;
  private final long mostBytes;
  private final FileLogSink files;

  /** Keys in the order they came; their sizes beside them. */
  private final Deque<String> keys = new ArrayDeque<>();

  private final Map<String, Long> sizes = new HashMap<>();
  private long bytes;
  private long droppedRows;

  /**
   * @param dir made when it is not there
   * @param mostBytes of all parts together
   */
  public Spool(Path dir, long mostBytes) {
    this.dir = dir;
    this.parts = dir.resolve(PARTS);
    this.mostBytes = mostBytes;
    this.files = new FileLogSink(parts);
    try {
      Files.createDirectories(parts);
      droppedRows = readDropped();
      for (Path file : there()) {
        add(parts.relativize(file).toString(), Files.size(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("spool: " + dir + " (expected: a folder to write to)", e);
    }
  }

  /** Oldest first. */
  private List<Path> there() throws IOException {
    record Dated(Path file, long millis) {}
    List<Dated> found = new ArrayList<>();
    try (Stream<Path> walked = Files.walk(parts)) {
      for (Path file : walked.filter(Files::isRegularFile).toList()) {
        if (file.getFileName().toString().startsWith(".")) {
          // half a part: of a process that died, or of one that is writing it now
          if (Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(HALF))) {
            Files.deleteIfExists(file);
          }
        } else {
          found.add(new Dated(file, Files.getLastModifiedTime(file).toMillis()));
        }
      }
    }
    return found.stream()
        .sorted(Comparator.comparingLong(Dated::millis).thenComparing(Dated::file))
        .map(Dated::file)
        .toList();
  }

  private void add(String key, long size) {
    if (sizes.put(key, size) == null) {
      keys.add(key);
      bytes += size;
    }
  }

  @Override
  public synchronized void write(String key, byte[] content) {
    files.write(key, content);
    add(key, content.length);
    // never the part that is being written: its profile would stay behind
    while (bytes > mostBytes && !part(keys.getFirst()).equals(part(key))) {
      drop(part(keys.getFirst()));
    }
  }

  private static String part(String key) {
    return key.endsWith(PROFILE)
        ? key.substring(0, key.length() - PROFILE.length())
        : key.substring(0, key.length() - ".jsonl.gz".length());
  }

  private void drop(String part) {
    long rows = content(part + PROFILE).map(json -> PartProfile.fromJson(json).rows()).orElse(0L);
    for (String key : List.copyOf(keys)) {
      if (part(key).equals(part)) {
        remove(key);
      }
    }
    droppedRows += rows;
    LOG.warn("spool: full, {} rows of {} are dropped ({} in all)", rows, part, droppedRows);
    try {
      Path aside = dir.resolve("." + DROPPED);
      Files.writeString(aside, Long.toString(droppedRows));
      Files.move(aside, dir.resolve(DROPPED), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("spool: the count of dropped rows cannot be written", e);
    }
  }

  /** Keys that wait, oldest first. */
  public synchronized List<String> waiting() {
    return List.copyOf(keys);
  }

  /** What lies under a key; empty when another process took it. */
  public Optional<byte[]> content(String key) {
    try {
      return Optional.of(Files.readAllBytes(parts.resolve(key)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("spool: " + key + " cannot be read", e);
    }
  }

  /** Forgets what was shipped; what is gone already is fine. */
  public synchronized void remove(String key) {
    try {
      Files.deleteIfExists(parts.resolve(key));
    } catch (IOException e) {
      throw new UncheckedIOException("spool: " + key + " cannot be deleted", e);
    }
    Long size = sizes.remove(key);
    if (size != null) {
      keys.remove(key);
      bytes -= size;
    }
  }

  /** Bytes that wait. */
  public synchronized long sizeBytes() {
    return bytes;
  }

  /** Rows that were pushed out, since the folder was made. */
  public synchronized long droppedRows() {
    return droppedRows;
  }

  /** The folder itself, for a lock. */
  Path dir() {
    return dir;
  }

  private long readDropped() throws IOException {
    Path file = dir.resolve(DROPPED);
    return Files.exists(file)
        ? Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip())
        : 0;
  }
}
