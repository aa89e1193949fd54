package io.millrace.activities.deploy.docker;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a server in a container writes its prediction log. Of a store on this machine it sees the
 * one folder of its model and nothing else, and it runs as the store's owner, or, where that is
 * root, as nobody with the folder made nobody's.
 *
 * @param uri the setting inside the container
 * @param path on this machine; null for S3
 * @param owner {@code uid:gid} it runs as; null keeps the image's
 */
record PredictionFolder(String uri, String mount, @Nullable Path path, @Nullable String owner) {
  private static final String ROOT = "/log";
  private static final int NOBODY = 65532;

  Optional<Path> folder() {
    return Optional.ofNullable(path);
  }

  Optional<String> user() {
    return Optional.ofNullable(owner);
  }

  /** Makes the folder when it is missing. */
  static PredictionFolder of(String storeUri, String model) {
    if (!storeUri.startsWith("file:")) {
      return new PredictionFolder(storeUri, "", null, null);
    }
    String rest = storeUri.substring("file:".length()).replaceFirst("^/+", "/");
    String key = "predictions/" + model;
    Path folder = Path.of(rest).toAbsolutePath().resolve(key);
    try {
      Files.createDirectories(folder);
      return new PredictionFolder("file:" + ROOT, ROOT + "/" + key, folder, writable(folder));
    } catch (IOException | UnsupportedOperationException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE,
          e,
          "predictions: " + folder + " (expected: a folder containers can write to)");
    }
  }

  /** The user that may write there: this process's own, or nobody when that is root. */
  static String writable(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, ".tmp-", null);
    int uid;
    int gid;
    try {
      uid = (int) Files.getAttribute(probe, "unix:uid");
      gid = (int) Files.getAttribute(probe, "unix:gid");
    } finally {
      Files.deleteIfExists(probe);
    }
    if (uid != 0) {
      return uid + ":" + gid;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path dir : all.filter(p -> Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)).toList()) {
        Files.setAttribute(dir, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(dir, "unix:gid", NOBODY, LinkOption.NOFOLLOW_LINKS);
      }
    }
    return NOBODY + ":" + NOBODY;
  }

  /** A folder of its owner alone. */
  static void closed(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }
}
