package io.millrace.activities.image;

import io.millrace.activities.dataset.Sha256;
import io.millrace.inference.server.ModelServer;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that serve a model: the inference module and what it runs with, by the list its build
 * wrote, taken from this process's own class path. ONNX Runtime's jar is split: classes, and the
 * libraries of one platform unpacked, so that nothing is unpacked at a start. Thread-safe.
 */
public final class AppFiles {
  private static final String LIST = "/META-INF/millrace/inference.classpath";
  private static final String LOG_SETTINGS = "logback.xml";
  private static final String FUNCTION_START = "bootstrap";
  private static final String ENGINE = "onnxruntime-";
  private static final String PLATFORM = "linux-x64";

  /** A function has no server in it, and fewer files start faster. */
  private static final List<String> SERVER_ONLY = List.of("helidon-", "jakarta.", "opentelemetry-");

  private final String classPath;
  private final Path scratch;
  private @Nullable Found found;
  private @Nullable List<Path> function;

  /**
   * @param jars in class path order, equal bytes for equal content
   * @param natives libraries, unpacked
   * @param logging jars of the logging library; empty when this process has none
   */
  public record Found(List<Path> jars, List<Path> natives, List<Path> logging) {
    public Found {
      jars = List.copyOf(jars);
      natives = List.copyOf(natives);
      logging = List.copyOf(logging);
    }
  }

  AppFiles(String classPath, Path scratch) {
    this.classPath = classPath;
    this.scratch = scratch.resolve("images").resolve("app");
  }

  /**
   * Of the process that asks.
   *
   * @param scratch folders are packed and libraries unpacked there
   */
  public static AppFiles ofThisProcess(Path scratch) {
    return new AppFiles(System.getProperty("java.class.path", ""), scratch);
  }

  /**
   * The files; looked for once.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code INVARIANT_BROKEN} when one is missing
   */
  public synchronized Found files() {
    if (found == null) {
      try {
        found = find();
      } catch (IOException e) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            e,
            "app: the server's own jars cannot be read (expected: readable): " + e.getMessage());
      }
    }
    return found;
  }

  /** The jars in class path order. */
  public List<Path> jars() {
    return files().jars();
  }

  /**
   * The jars of a function, which has no server: the inference module, and one of all that it runs
   * with.
   */
  public synchronized List<Path> functionJars() {
    if (function == null) {
      List<Path> jars =
          jars().stream()
              .filter(
                  jar ->
                      SERVER_ONLY.stream().noneMatch(String.valueOf(jar.getFileName())::startsWith))
              .toList();
      try {
        function = List.of(jars.getFirst(), JoinedJar.of(jars.subList(1, jars.size()), scratch));
      } catch (IOException e) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            e,
            "app: the function's jars cannot be joined (expected: readable): " + e.getMessage());
      }
    }
    return function;
  }

  /** The libraries of ONNX Runtime. */
  public List<Path> natives() {
    return files().natives();
  }

  private Found find() throws IOException {
    Map<String, Path> there = new HashMap<>();
    for (String entry : classPath.split(File.pathSeparator)) {
      Path file = Path.of(entry);
      if (file.getFileName() != null) {
        there.putIfAbsent(file.getFileName().toString(), file.toAbsolutePath());
      }
    }
    Files.createDirectories(scratch);
    List<Path> jars = new ArrayList<>();
    List<Path> natives = List.of();
    jars.add(own());
    for (String name : names()) {
      Path jar = there.get(name);
      if (jar == null) {
        throw new IOException(name + " is not on the class path");
      }
      if (name.startsWith(ENGINE)) {
        Path split = scratch.resolve(Sha256.of(jar).substring(0, 16));
        EngineJar engine = EngineJar.split(jar, split, PLATFORM);
        jars.add(engine.classes());
        natives = engine.libraries();
      } else {
        jars.add(jar);
      }
    }
    List<Path> logging =
        there.values().stream()
            .filter(jar -> jar.toString().matches(".*/logback-(classic|core)-[0-9][^/]*\\.jar"))
            .sorted()
            .toList();
    return new Found(jars, natives, logging);
  }

  /** How a server in an image logs: a folder for its class path, with one file. */
  Path logSettings() {
    return resource(LOG_SETTINGS);
  }

  /** How a function in an image starts: a script of the shell. */
  Path functionStart() {
    return resource(FUNCTION_START);
  }

  private Path resource(String name) {
    try (InputStream in = AppFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing");
      }
      Files.createDirectories(scratch);
      Path part = Files.createTempFile(scratch, name + "-", ".part");
      Files.write(part, in.readAllBytes());
      return Files.move(part, scratch.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, "app: " + e.getMessage() + " (expected: writable)");
    }
  }

  private static List<String> names() throws IOException {
    try (InputStream in = ModelServer.class.getResourceAsStream(LIST)) {
      if (in == null) {
        throw new IOException(LIST + " is missing, which the build of functions/inference writes");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      List<String> names = new ArrayList<>();
      for (String entry : text.split(":")) {
        names.add(entry.substring(entry.lastIndexOf('/') + 1));
      }
      return names;
    }
  }

  /** The inference module: its jar, or its folder of classes packed. */
  private Path own() throws IOException {
    Path code;
    try {
      code = Path.of(ModelServer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    return Files.isDirectory(code)
        ? EngineJar.pack(code, scratch.resolve("millrace-inference.jar"))
        : code;
  }
}
