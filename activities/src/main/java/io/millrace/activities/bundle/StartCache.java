package io.millrace.activities.bundle;

import io.millrace.inference.edge.BundleManifest;
import io.millrace.inference.model.PackageFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The JVM's ahead-of-time cache (JEP 483, JEP 514): classes as they are after loading and linking,
 * and what the JIT compiler learnt, from a rehearsal of the bundle itself. Two rehearsals never
 * give the same bytes, so it is kept per JDK, jars and flags and is the same for every model.
 */
final class StartCache {
  private static final Duration AT_MOST = Duration.ofMinutes(3);

  private StartCache() {}

  /**
   * Adds {@code lib/start.aot} to a folder that holds everything else.
   *
   * @param unfinished of the folder as it is now
   * @param digest of the jars
   */
  static void add(Path stage, Path scratch, BundleManifest unfinished, String digest, KeyPair pair)
      throws IOException {
    String key =
        PackageFiles.sha256(
            (Runtime.version()
                    + " "
                    + System.getProperty("java.vendor.version")
                    + " "
                    + digest
                    + " "
                    + PackageFiles.sha256(Files.readAllBytes(stage.resolve("bin/run"))))
                .getBytes(StandardCharsets.UTF_8));
    Path kept = scratch.resolve("bundle").resolve("start-" + key.substring(0, 16) + ".aot");
    if (!Files.exists(kept)) {
      make(stage, kept, unfinished, pair);
    }
    Path to = stage.resolve("lib").resolve(Scripts.CACHE);
    Files.copy(kept, to);
    Folders.stamp(to, false, FileTime.fromMillis(BundleArchive.TIME * 1000));
  }

  private static void make(Path stage, Path kept, BundleManifest unfinished, KeyPair pair)
      throws IOException {
    Path spool = Files.createTempDirectory(kept.getParent(), ".rehearsal-");
    Path made = kept.resolveSibling(".part-" + UUID.randomUUID());
    EdgeBundles.sign(stage, unfinished, pair);
    try {
      Tool.run(
          List.of(stage.resolve("bin/run").toString(), "rehearse"),
          Map.of(
              "CACHE_FLAG",
              "-XX:AOTCacheOutput=" + made,
              "MILLRACE_SPOOL",
              spool.toString(),
              "PORT",
              "0"),
          AT_MOST);
      Files.move(made, kept, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Folders.delete(spool);
      Files.deleteIfExists(made);
      for (String name :
          List.of(BundleManifest.NAME, BundleManifest.SIGNATURE, BundleManifest.KEY)) {
        Files.deleteIfExists(stage.resolve(name));
      }
    }
  }
}
