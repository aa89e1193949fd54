package io.millrace.activities.train.container;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An engine whose images are commands of this machine; every image but {@code none} exists. */
public final class ProcessEngine implements Engine {
  @Override
  public String identity(String image) {
    if (image.equals("none")) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, "image: none (expected: one that the engine has)");
    }
    return "sha256:" + image;
  }

  @Override
  public Running start(Job job) {
    ProcessBuilder builder = new ProcessBuilder(job.command());
    Map<String, Path> places =
        Map.of(
            "MILLRACE_IN", job.in(),
            "MILLRACE_CHECKPOINT", job.checkpoint(),
            "MILLRACE_OUT", job.out());
    // too long for a command
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    job.environment()
        .forEach(e -> builder.environment().put(e.split("=", 2)[0], e.split("=", 2)[1]));
    places.forEach((name, path) -> builder.environment().put(name, path.toString()));
    Path log = job.in().resolveSibling("log");
    try {
      return new Program(
          builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    // nothing is held between runs
  }

  private record Program(Process process, Path output) implements Running {
    @Override
    public Optional<Ended> ended() {
      return process.isAlive()
          ? Optional.empty()
          : Optional.of(new Ended(process.exitValue(), process.exitValue() == 137));
    }

    @Override
    public void stop(int graceSeconds) {
      process.destroy();
      try {
        if (!process.waitFor(graceSeconds, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public String log(int lines) {
      try {
        List<String> all = Files.readAllLines(output);
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
