package io.millrace.inference.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A package's files in memory, read once: what is hashed is what is opened. Hashing goes on on a
 * thread of its own from the moment the bytes are there, beside whatever is made of them; a
 * function's start has no time to wait for it.
 */
public final class PackageContents {
  private final Path dir;
  private final Map<String, byte[]> files;
  private final FutureTask<Hashes> hashes;

  private record Hashes(Map<String, String> files, String digest) {}

  private PackageContents(Path dir, Map<String, byte[]> files) {
    this.dir = dir;
    this.files = files;
    hashes = new FutureTask<>(() -> hash(files));
    Thread thread = new Thread(hashes, "millrace-hash");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * @throws PackageInvalid when the folder is not there, empty, or holds anything but plain files
   */
  public static PackageContents read(Path dir) {
    Map<String, byte[]> files = new LinkedHashMap<>(); // by name, as the digest has them
    for (Path path : PackageFiles.files(dir)) {
      try {
        files.put(path.getFileName().toString(), Files.readAllBytes(path));
      } catch (IOException e) {
        throw new PackageInvalid(path + ": cannot be read (expected: a file)", e);
      }
    }
    return new PackageContents(dir, files);
  }

  private static Hashes hash(Map<String, byte[]> files) {
    Map<String, String> hashes = new LinkedHashMap<>();
    files.forEach((name, bytes) -> hashes.put(name, PackageFiles.sha256(bytes)));
    return new Hashes(hashes, PackageFiles.digest(hashes));
  }

  /**
   * The bytes of a file; they are not copied.
   *
   * @throws PackageInvalid when there is none of this name
   */
  public byte[] bytes(String name) {
    byte[] bytes = files.get(name);
    if (bytes == null) {
      throw missing(name);
    }
    return bytes;
  }

  private PackageInvalid missing(String name) {
    return new PackageInvalid(dir.resolve(name) + ": cannot be read (expected: a file)");
  }

  /** Hex sha256 of a file, as {@link #bytes} gives it; waits for it. */
  public String sha256(String name) {
    String sha256 = hashes().files.get(name);
    if (sha256 == null) {
      throw missing(name);
    }
    return sha256;
  }

  /**
   * Waits until the graph is hashed.
   *
   * @throws PackageInvalid when it is not the one that the manifest means
   */
  public void verify(ModelManifest.Graph graph) {
    String sha256 = sha256(graph.file());
    if (!sha256.equals(graph.sha256())) {
      throw new PackageInvalid(
          graph.file() + ": sha256 " + sha256 + " (expected: " + graph.sha256() + ")");
    }
  }

  /** As {@link PackageFiles#digest} gives it; waits for it. */
  public String digest() {
    return hashes().digest;
  }

  private Hashes hashes() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return hashes.get();
        } catch (InterruptedException e) {
          interrupted = true; // it ends by itself, and soon
        } catch (ExecutionException e) {
          throw new IllegalStateException("package: " + dir + " cannot be hashed", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
