package io.millrace.activities.bundle;

import io.millrace.inference.model.PackageFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A Java runtime with the modules that some jars need, by jdeps and jlink of the JDK that runs us.
 * Made once per JDK and set of jars, kept in the scratch folder.
 */
final class JavaImage {
  private static final Duration AT_MOST = Duration.ofMinutes(5);

  /** What jdeps folds into modules that we leave out, and what is reached by name only. */
  private static final Set<String> ALWAYS =
      Set.of(
          "java.base",
          "java.logging",
          "java.management",
          "java.net.http",
          "java.xml",
          "jdk.unsupported");

  private JavaImage() {}

  /** A folder with {@code bin/java}. */
  static Path of(Path scratch, Path jars, List<String> names, String digest) throws IOException {
    String key =
        PackageFiles.sha256(
            (Runtime.version() + " " + System.getProperty("java.vendor.version") + " " + digest)
                .getBytes(StandardCharsets.UTF_8));
    Path kept = scratch.resolve("bundle").resolve("java-" + key.substring(0, 16));
    if (Files.isExecutable(kept.resolve("bin/java"))) {
      return kept;
    }
    Files.createDirectories(kept.getParent());
    Path part = kept.resolveSibling(".part-" + UUID.randomUUID());
    Tool.run(
        List.of(
            Tool.ofJdk("jlink"),
            "--add-modules",
            String.join(",", modules(jars, names)),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            "--output",
            part.toString()),
        Map.of(),
        AT_MOST);
    try {
      Files.move(part, kept, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Folders.delete(part);
      if (!Files.isExecutable(kept.resolve("bin/java"))) {
        throw e;
      }
    }
    return kept;
  }

  private static Set<String> modules(Path jars, List<String> names) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Tool.ofJdk("jdeps"),
                "--multi-release",
                Integer.toString(Runtime.version().feature()),
                "--ignore-missing-deps",
                "--print-module-deps"));
    names.forEach(name -> command.add(jars.resolve(name).toString()));
    Set<String> modules = new TreeSet<>(ALWAYS);
    String said = Tool.run(command, Map.of(), AT_MOST).strip();
    // warnings come first
    modules.addAll(List.of(said.substring(said.lastIndexOf('\n') + 1).split(",")));
    modules.remove("java.desktop"); // Jackson's bean annotations, which it does without
    modules.remove("java.sql"); // Jackson's dates of databases, the same
    return modules;
  }
}
