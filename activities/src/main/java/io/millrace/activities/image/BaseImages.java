package io.millrace.activities.image;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.TarImage;
import io.millrace.activities.dataset.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Base images as archives on this machine: saved from the Docker engine when it has them, else
 * fetched from their registry, once each. A health check is written into the archive's own
 * settings, since the layers' builder keeps a base's and has none of its own.
 */
final class BaseImages {
  private static final String TAR = "tar:";

  private final Path folder;
  private final Supplier<DockerClient> docker;
  private final Jibs jibs;

  /**
   * @param id changes when the base does
   */
  record Base(Path tar, String id) {}

  BaseImages(Path folder, Supplier<DockerClient> docker, Jibs jibs) {
    this.folder = folder;
    this.docker = docker;
    this.jibs = jibs;
  }

  /** Whether the engine has it. */
  boolean there(String image) {
    return engines(image) != null;
  }

  /** What stands for the base's content; cheap for one the engine has. */
  String id(String base) {
    if (base.startsWith(TAR)) {
      return Sha256.of(Path.of(base.substring(TAR.length())));
    }
    String local = engines(base);
    // a registry's tag may move; a base that must not is named by its digest
    return local != null ? local : base;
  }

  /** The archive, with the health check in it. */
  Base archive(String base, List<String> healthcheck)
      throws IOException,
          InterruptedException,
          ExecutionException,
          RegistryException,
          CacheDirectoryCreationException,
          InvalidImageReferenceException {
    Files.createDirectories(folder);
    String id = id(base);
    Path whole = base.startsWith(TAR) ? Path.of(base.substring(TAR.length())) : fetched(base, id);
    if (healthcheck.isEmpty()) {
      return new Base(whole, id);
    }
    Path checked =
        folder.resolve(
            key(id + String.join("\0", healthcheck)) + "-" + healthcheck.size() + ".tar");
    if (!Files.exists(checked)) {
      Path part = Files.createTempFile(folder, "base-", ".part");
      ImageArchive.withHealthcheck(whole, part, healthcheck);
      Files.move(part, checked, StandardCopyOption.ATOMIC_MOVE);
    }
    return new Base(checked, id);
  }

  private Path fetched(String base, String id)
      throws IOException,
          InterruptedException,
          ExecutionException,
          RegistryException,
          CacheDirectoryCreationException,
          InvalidImageReferenceException {
    Path kept = folder.resolve(key(id) + ".tar");
    if (Files.exists(kept)) {
      return kept;
    }
    Path part = Files.createTempFile(folder, "base-", ".part");
    if (engines(base) != null) {
      try (InputStream in = docker.get().saveImageCmd(base).exec();
          OutputStream out = Files.newOutputStream(part)) {
        in.transferTo(out);
      }
    } else {
      Containerizer to = jibs.prepared(Containerizer.to(TarImage.at(part).named("base:kept")));
      Jib.from(jibs.registry(base, null)).containerize(to);
    }
    Files.move(part, kept, StandardCopyOption.ATOMIC_MOVE);
    return kept;
  }

  /** The image's id in the engine; null when there is none, or no engine. */
  private @Nullable String engines(String image) {
    try {
      return docker.get().inspectImageCmd(image).exec().getId();
    } catch (NotFoundException e) {
      return null;
    } catch (RuntimeException e) {
      return null; // no engine here: the registry is asked then, and says what is wrong
    }
  }

  private static String key(String text) {
    return java.util.HexFormat.of()
        .formatHex(Sha256.digest().digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .substring(0, 24);
  }
}
