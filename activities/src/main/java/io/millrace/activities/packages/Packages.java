package io.millrace.activities.packages;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.PackageRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Moves model packages between folders and the store. A package is two files in a flat folder,
 * {@code model.json} and {@code model.onnx}; its digest is over both and nothing else, so what a
 * registry lays beside them does not change it. Thread-safe, and safe between processes.
 */
public final class Packages {
  /** Written last, since it names the graph's digest: a prefix without it holds no package. */
  private static final String MANIFEST = PackageFiles.MANIFEST;

  /** In the order they are written. */
  private static final List<String> FILES = List.of(PackageFiles.GRAPH, MANIFEST);

  private final ObjectStore store;
  private final Path scratch;

  /**
   * @param scratch fetched packages are kept in {@code <scratch>/packages/<digest>/}
   */
  public Packages(ObjectStore store, Path scratch) {
    this.store = store;
    this.scratch = scratch;
  }

  /**
   * Uploads a package; a repeat with the same content adds nothing.
   *
   * @param dir holds the two files and nothing else
   * @param prefix ends in {@code /}
   * @throws io.temporal.failure.ApplicationFailure {@code STORE_CORRUPT} when the prefix holds
   *     another package already, {@code STORE_UNAVAILABLE}
   */
  public PackageRef publish(Path dir, String prefix) {
    Checks.present("prefix", prefix);
    long sizeBytes = 0;
    boolean complete = store.sizeBytes(prefix + MANIFEST).isPresent();
    try {
      for (String name : FILES) {
        Path file = dir.resolve(name);
        sizeBytes += Files.size(file);
        if (!store.create(prefix + name, file)) {
          replace(prefix + name, Files.readAllBytes(file), complete);
        }
      }
      return new PackageRef(prefix, digest(dir), sizeBytes);
    } catch (IOException e) {
      throw new UncheckedIOException("package: " + dir + " (expected: " + FILES + ")", e);
    }
  }

  /**
   * A local folder with the package's two files, whose digest was checked now.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND}, {@code STORE_CORRUPT} when
   *     the stored files have another digest, {@code STORE_UNAVAILABLE}
   */
  public Path fetch(String prefix, String digest) {
    Checks.digest("digest", digest);
    Path kept = scratch.resolve("packages").resolve(digest);
    try {
      if (Files.isDirectory(kept)) {
        if (digest(kept).equals(digest)) {
          return kept;
        }
        delete(kept);
      }
      Path part = kept.resolveSibling(".part-" + UUID.randomUUID());
      Files.createDirectories(part);
      try {
        for (String name : FILES) {
          store.fetch(prefix + name, part.resolve(name));
        }
        String found = digest(part);
        if (!found.equals(digest)) {
          throw Failures.of(
              FailureType.STORE_CORRUPT,
              "package: " + prefix + " has digest " + found + " (expected: " + digest + ")");
        }
        move(part, kept, digest);
      } finally {
        delete(part);
      }
      return kept;
    } catch (IOException e) {
      throw new UncheckedIOException("scratch: " + kept + " (expected: to be writable)", e);
    }
  }

  private static String digest(Path dir) {
    for (String name : FILES) {
      if (!Files.isRegularFile(dir.resolve(name))) {
        return "none, " + name + " is missing";
      }
    }
    return PackageFiles.digest(dir);
  }

  /** An attempt that died before the manifest left its files behind: those may be replaced. */
  private void replace(String key, byte[] content, boolean complete) {
    Optional<byte[]> there = store.get(key);
    if (there.isPresent() && Arrays.equals(there.get(), content)) {
      return;
    }
    if (complete) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          "package: " + key + " holds other content (expected: the same, or nothing)");
    }
    store.put(key, content);
  }

  /** Another process may have been quicker; its folder is as good once its digest is right. */
  private static void move(Path part, Path kept, String digest) throws IOException {
    try {
      Files.move(part, kept, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isDirectory(kept) || !digest(kept).equals(digest)) {
        throw e;
      }
    }
  }

  private static void delete(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return;
    }
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(dir);
  }
}
