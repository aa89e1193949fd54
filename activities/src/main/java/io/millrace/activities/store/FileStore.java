package io.millrace.activities.store;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A store in a folder. An object is written to a temporary file, forced to disk, then linked to its
 * name, which fails when the name is taken: creation is atomic between processes.
 */
public final class FileStore implements ObjectStore {
  private static final String TEMPORARY = ".tmp-";
  private final Path root;

  /** Creates the folder; {@code STORE_UNAVAILABLE} when it cannot be written. */
  public FileStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
    try {
      Files.createDirectories(this.root);
      Path probe = Files.createTempFile(this.root, TEMPORARY, "");
      Files.delete(probe);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE,
          e,
          "store: " + this.root + " (expected: a folder that can be written): " + e);
    }
  }

  @Override
  public Optional<byte[]> get(String key) {
    Path path = path(key);
    try {
      // a folder is no object
      return Files.isDirectory(path) ? Optional.empty() : Optional.of(Files.readAllBytes(path));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unavailable(key, e);
    }
  }

  @Override
  public InputStream open(String key) {
    Path path = path(key);
    try {
      if (Files.isDirectory(path)) {
        throw new NoSuchFileException(key);
      }
      return Files.newInputStream(path);
    } catch (NoSuchFileException e) {
      throw Failures.of(FailureType.NOT_FOUND, e, "object: " + key + " (expected: to be there)");
    } catch (IOException e) {
      throw unavailable(key, e);
    }
  }

  @Override
  public void fetch(String key, Path target) {
    Path part = target.resolveSibling(target.getFileName() + TEMPORARY + UUID.randomUUID());
    try (InputStream in = open(key)) {
      Files.createDirectories(target.toAbsolutePath().getParent());
      Files.copy(in, part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unavailable(key, e);
    } finally {
      part.toFile().delete();
    }
  }

  @Override
  public Optional<Long> sizeBytes(String key) {
    Path path = path(key);
    try {
      return Files.isDirectory(path) ? Optional.empty() : Optional.of(Files.size(path));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unavailable(key, e);
    }
  }

  @Override
  public boolean create(String key, byte[] content) {
    return publish(key, part -> Files.write(part, content), false);
  }

  @Override
  public boolean create(String key, Path content) {
    return publish(key, part -> copy(content, part), false);
  }

  @Override
  public void put(String key, byte[] content) {
    publish(key, part -> Files.write(part, content), true);
  }

  @Override
  public void put(String key, Path content) {
    publish(key, part -> copy(content, part), true);
  }

  @Override
  public List<String> list(String prefix) {
    Keys.prefix(prefix);
    int slash = prefix.lastIndexOf('/');
    Path start = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    List<String> keys = new ArrayList<>();
    try {
      Files.walkFileTree(
          start,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String key = root.relativize(file).toString().replace('\\', '/');
              if (attributes.isRegularFile()
                  && key.startsWith(prefix)
                  && !file.getFileName().toString().contains(TEMPORARY)) {
                keys.add(key);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              // others publish and delete while this walks: what is gone is not listed
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw unavailable(prefix, e);
    }
    Collections.sort(keys);
    return List.copyOf(keys);
  }

  @Override
  public void delete(String key) {
    Path path = path(key);
    try {
      if (!Files.isDirectory(path)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw unavailable(key, e);
    }
  }

  @Override
  public String location(String key) {
    return path(key).toString();
  }

  @Override
  public URI link(String key, Duration valid) {
    // toUri() writes file:///, the form curl knows
    return path(key).toUri();
  }

  @Override
  public String uri() {
    return "file:" + root;
  }

  @Override
  public void close() {}

  private interface Writer {
    void write(Path part) throws IOException;
  }

  private boolean publish(String key, Writer writer, boolean replace) {
    Path target = path(key);
    Path part = null;
    if (Files.isDirectory(target)) {
      throw unavailable(key, new IOException("is a folder of other objects"));
    }
    if (!replace && Files.exists(target)) {
      return false;
    }
    try {
      Files.createDirectories(target.getParent());
    } catch (IOException e) {
      // also when a part of the key is an object: not the same as "this one exists"
      throw unavailable(key, e);
    }
    try {
      part = target.resolveSibling(TEMPORARY + UUID.randomUUID());
      writer.write(part);
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      if (replace) {
        Files.move(
            part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.createLink(target, part);
      }
      // the name itself must survive a power cut too
      try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw unavailable(key, e);
    } finally {
      if (part != null) {
        part.toFile().delete();
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to);
  }

  private Path path(String key) {
    return root.resolve(Keys.checked(key));
  }

  private RuntimeException unavailable(String key, Exception cause) {
    return Failures.of(
        FailureType.STORE_UNAVAILABLE,
        cause,
        "store: " + root.resolve(key) + " (expected: to answer): " + cause);
  }
}
