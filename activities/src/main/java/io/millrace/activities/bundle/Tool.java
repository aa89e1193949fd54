package io.millrace.activities.bundle;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a program of the JDK or of a bundle to its end. */
final class Tool {
  private Tool() {}

  /** A program of the JDK that runs us. */
  static String ofJdk(String name) {
    Path tool = Path.of(System.getProperty("java.home"), "bin", name);
    if (!Files.isExecutable(tool)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, "java: " + tool + " (expected: a JDK that has " + name + ")");
    }
    return tool.toString();
  }

  /**
   * @param environment beside this process's own, less what configures a JVM
   * @return what it wrote to stdout
   * @throws io.temporal.failure.ApplicationFailure {@code INVARIANT_BROKEN} when it ends with
   *     anything but 0 or not in time
   */
  static String run(List<String> command, Map<String, String> environment, Duration atMost) {
    try {
      Path out = Files.createTempFile("tool-", ".out");
      Path err = Files.createTempFile("tool-", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder
            .environment()
            .keySet()
            .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          throw failed(command, "not at its end after " + atMost.toSeconds() + " s", err);
        }
        if (process.exitValue() != 0) {
          throw failed(command, "exit " + process.exitValue(), Files.size(err) > 0 ? err : out);
        }
        return Files.readString(out, StandardCharsets.UTF_8);
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, command.getFirst() + " (expected: to run)");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static RuntimeException failed(List<String> command, String how, Path err)
      throws IOException {
    String said = Files.readString(err, StandardCharsets.UTF_8).strip();
    String end = said.length() > 2_000 ? "…" + said.substring(said.length() - 2_000) : said;
    return Failures.of(
        FailureType.INVARIANT_BROKEN,
        Path.of(command.getFirst()).getFileName() + ": " + how + " (expected: exit 0): " + end);
  }
}
