package io.millrace.infra.local;

import io.millrace.activities.compute.LocalProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that outlives the one that started it, known by a file that holds its pid and start
 * time, so that a reused pid is never taken for it.
 *
 * @param name for messages
 * @param pidFile the {@link LocalProcess#id()}
 */
public record ManagedProcess(String name, Path pidFile) {

  /** Starts the command in a session of its own, output appended to the log. */
  public Process start(List<String> command, Map<String, String> environment, Path log) {
    try {
      Files.createDirectories(pidFile.toAbsolutePath().getParent());
      Process process = LocalProcess.start(command, environment, log);
      Files.writeString(pidFile, LocalProcess.of(process.toHandle()).id());
      return process;
    } catch (IOException e) {
      throw new IllegalStateException(name + ": cannot be started: " + e.getMessage(), e);
    }
  }

  /** The running process; empty when it is gone. */
  public Optional<ProcessHandle> running() {
    try {
      return LocalProcess.of(Files.readString(pidFile).strip()).running();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Asks it to end, waits, then kills it.
   *
   * @return false when there was nothing to stop
   */
  public boolean stop(Duration grace) {
    Optional<ProcessHandle> running = running();
    running.ifPresent(
        handle -> {
          handle.destroy();
          if (!ended(handle, grace)) {
            handle.destroyForcibly();
            ended(handle, Duration.ofSeconds(10));
          }
        });
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      throw new IllegalStateException(pidFile + ": cannot be deleted", e);
    }
    return running.isPresent();
  }

  private static boolean ended(ProcessHandle handle, Duration within) {
    try {
      handle.onExit().get(within.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      return !handle.isAlive();
    }
  }
}
