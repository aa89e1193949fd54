package io.millrace.infra.local;

import io.millrace.infra.config.AppConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Nodes and model servers of this machine: processes of ours that name its home. */
public final class Servers {
  private static final List<String> MAINS =
      List.of("io.millrace.infra.worker.TrainerMain", "io.millrace.infra.server.ServerMain");

  private Servers() {}

  /**
   * Asks all of them to end, waits, then kills what is left.
   *
   * @return how many there were
   */
  public static int stopAll(AppConfig config) {
    String home = config.home().toString();
    List<ProcessHandle> processes =
        ProcessHandle.allProcesses()
            .filter(
                p ->
                    p.info()
                        .arguments()
                        .map(List::of)
                        .filter(args -> args.stream().anyMatch(MAINS::contains))
                        .filter(args -> args.stream().anyMatch(arg -> arg.contains(home)))
                        .isPresent())
            .toList();
    processes.forEach(ProcessHandle::destroy);
    CompletableFuture<Void> all =
        CompletableFuture.allOf(
            processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
    all.completeOnTimeout(null, Duration.ofSeconds(15).toMillis(), TimeUnit.MILLISECONDS).join();
    processes.forEach(ProcessHandle::destroyForcibly);
    return processes.size();
  }
}
