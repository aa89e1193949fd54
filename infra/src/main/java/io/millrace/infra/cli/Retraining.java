package io.millrace.infra.cli;

import io.millrace.activities.compute.EngineThreads;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.reproduce.Comparison;
import io.millrace.activities.reproduce.Reproduction;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.worker.RetrainMain;
import io.millrace.infra.worker.Wiring;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trainer as a child of this process, and the folder it writes to: both are gone after {@link
 * #close}, and when this process is told to end.
 */
final class Retraining implements AutoCloseable {
  private final AppConfig config;
  private final Path work;
  private final Path log;
  private final Thread hook = new Thread(this::end, "retraining-end");
  private volatile @Nullable Process process;

  Retraining(AppConfig config, String name) {
    this.config = config;
    try {
      Files.createDirectories(config.scratch());
      Files.createDirectories(config.logs());
      this.work = Files.createTempDirectory(config.scratch(), "reproduce-");
    } catch (IOException e) {
      throw new UncheckedIOException("scratch: " + config.scratch() + " (expected: writable)", e);
    }
    this.log = config.logs().resolve("reproduce-" + name.replaceAll("[^a-z0-9._-]", "-") + ".log");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Trains; what it is doing goes to the receiver each second. */
  TrialResult train(ObjectStore store, TrialRequest request, Consumer<TrialProgress> receiver)
      throws InterruptedException {
    RetrainMain.Plan plan = new RetrainMain.Plan(store.uri(), config.scratch(), work, request);
    try {
      Path file = work.resolve("plan.json");
      Files.write(file, PayloadJson.mapper().writeValueAsBytes(plan));
      Process trainer = start(file, request.threads());
      process = trainer;
      try (BufferedReader lines = trainer.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          // libraries and loggers write there as well
          if (line.startsWith("{")) {
            receiver.accept(PayloadJson.mapper().readValue(line, TrialProgress.class));
          }
        }
      }
      int code = trainer.waitFor();
      if (!Files.exists(plan.answer())) {
        throw new CliFailure(
            ExitCode.FAILED, "trainer: ended with code " + code + " and no answer; see " + log);
      }
      return result(
          PayloadJson.mapper()
              .readValue(Files.readAllBytes(plan.answer()), RetrainMain.Answer.class));
    } catch (IOException e) {
      throw new CliFailure(ExitCode.FAILED, "trainer: " + e.getMessage() + "; see " + log, e);
    }
  }

  private static TrialResult result(RetrainMain.Answer answer) {
    if (answer.result() != null) {
      return answer.result();
    }
    String message = String.valueOf(answer.message());
    if (answer.type() != null) {
      throw Failures.of(answer.type(), message);
    }
    throw new CliFailure(ExitCode.FAILED, "trainer: " + message);
  }

  Comparison compare(Reproduction reproduction, Reproduction.Recipe recipe, TrialResult result) {
    try (ObjectStore written = new FileStore(work.resolve("store"))) {
      return reproduction.compare(recipe, written, result.model());
    }
  }

  private Process start(Path plan, int threads) throws IOException {
    JavaLaunch launch = Wiring.trainers(config, Map.of()).with(EngineThreads.environment(threads));
    List<String> command = new ArrayList<>();
    command.add(launch.java().toString());
    command.addAll(launch.jvmFlags());
    command.addAll(EngineThreads.flags(threads));
    command.add(RetrainMain.class.getName());
    command.add(plan.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectError(log.toFile());
    builder.environment().putAll(launch.environment());
    builder.environment().put("CLASSPATH", launch.classPath());
    return builder.start();
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // we are going down already: the hook does the same
    }
  }

  private void end() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
    }
    try (Stream<Path> files = Files.walk(work)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      // scratch holds caches; what is left there is nobody's state
    }
  }
}
