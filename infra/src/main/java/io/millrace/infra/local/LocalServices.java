package io.millrace.infra.local;

import io.millrace.infra.config.AppConfig;
import io.millrace.infra.config.TemporalProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What runs on this machine: the keeper, and under it the Temporal server (unless a profile names
 * another) and the worker. Starting what runs already changes nothing.
 */
public final class LocalServices {
  private final AppConfig config;
  private final @Nullable String externalAddress;
  private final @Nullable String temporalCli;
  private final Map<String, String> more;

  /**
   * @param temporalCli the CLI that carries the server; null when there is none
   */
  public LocalServices(AppConfig config, @Nullable String temporalCli) {
    this.config = config;
    this.temporalCli = temporalCli;
    this.more = Map.of();
    this.externalAddress = TemporalProfile.address().orElse(null);
  }

  private LocalServices(
      AppConfig config, @Nullable String temporalCli, boolean local, Map<String, String> more) {
    this.config = config;
    this.temporalCli = temporalCli;
    this.more = Map.copyOf(more);
    this.externalAddress = local ? null : TemporalProfile.address().orElse(null);
  }

  /**
   * As the processes under the keeper see it: the address they inherit may be the local server's.
   */
  public static LocalServices of(AppConfig config) {
    return new LocalServices(config, config.temporal().cli(), config.temporal().local(), Map.of());
  }

  /**
   * A server and a worker of their own under another home, whatever a profile names.
   *
   * @param more environment of their processes, such as the ports that the settings came from
   */
  public static LocalServices apart(AppConfig config, Map<String, String> more) {
    return new LocalServices(config, config.temporal().cli(), true, more);
  }

  /** The address clients use. */
  public String address() {
    return externalAddress != null ? externalAddress : "127.0.0.1:" + config.temporal().port();
  }

  /** True when {@code TEMPORAL_ADDRESS} or a profile names the server: we start none. */
  public boolean external() {
    return externalAddress != null;
  }

  /** Starts what is not running and returns when all of it answers. */
  public void up(Consumer<String> progress) {
    if (!external() && temporalCli == null) {
      throw new IllegalStateException(
          "Temporal: no server can be had (expected: temporal on the PATH, a download, Go, or"
              + " TEMPORAL_ADDRESS); without one: infra/millrace quickstart --embedded");
    }
    ManagedProcess keeper = keeper();
    String build = build();
    if (keeper.running().isPresent() && !build.equals(runningBuild())) {
      progress.accept("the build changed: restarting the worker");
      keeper.stop(Duration.ofSeconds(30));
      worker().stop(Duration.ofSeconds(30));
    }
    if (!external() && temporal().running().isEmpty() && temporalListens()) {
      throw new IllegalStateException(
          "temporal.port: "
              + config.temporal().port()
              + " is taken by another program (expected: a free port; stop that program, or set"
              + " MILLRACE_TEMPORAL_PORT and MILLRACE_TEMPORAL_UI_PORT, or TEMPORAL_ADDRESS to use"
              + " the server that runs there)");
    }
    if (keeper.running().isEmpty()) {
      progress.accept(
          external() ? "starting the worker" : "starting the Temporal server and the worker");
      write(config.run().resolve("build"), build);
      keeper.start(
          java(
              "64m",
              List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
              Keeper.class.getName()),
          environment(),
          config.logs().resolve("keeper.log"));
    }
    Listening.await(
        "Temporal server at " + address(),
        Duration.ofSeconds(60),
        () -> Listening.at(address()),
        config.logs().resolve("temporal.log"));
    Listening.await(
        "worker",
        Duration.ofSeconds(90),
        () -> Files.exists(ready()) && worker().running().isPresent(),
        config.logs().resolve("worker.log"));
  }

  /** Stops everything; state stays. Endpoints' servers are stopped by the caller. */
  public boolean down() {
    boolean any = keeper().stop(Duration.ofSeconds(15));
    any |= worker().stop(Duration.ofSeconds(30));
    any |= temporal().stop(Duration.ofSeconds(15));
    return any;
  }

  /** Name, running or not, and a detail, of each process. */
  public List<ServiceStatus> status() {
    List<ServiceStatus> all = new ArrayList<>();
    all.add(status(keeper(), "restarts the others when they end"));
    if (external()) {
      all.add(new ServiceStatus("temporal", Listening.at(address()), "external, " + address()));
    } else {
      all.add(status(temporal(), address() + ", UI " + config.uiUrl()));
    }
    all.add(status(worker(), "log " + config.logs().resolve("worker.log")));
    return all;
  }

  /** One process. */
  public record ServiceStatus(String name, boolean running, String detail) {}

  ManagedProcess keeper() {
    return new ManagedProcess("keeper", config.run().resolve("keeper.pid"));
  }

  /** The Temporal server of this machine. */
  public ManagedProcess temporal() {
    return new ManagedProcess("temporal", config.run().resolve("temporal.pid"));
  }

  /** The worker of this machine. */
  public ManagedProcess worker() {
    return new ManagedProcess("worker", config.run().resolve("worker.pid"));
  }

  Process startTemporal() {
    return temporal()
        .start(
            List.of(
                String.valueOf(temporalCli),
                "server",
                "start-dev",
                "--ip",
                "127.0.0.1",
                "--port",
                Integer.toString(config.temporal().port()),
                "--ui-ip",
                "127.0.0.1",
                "--ui-port",
                Integer.toString(config.temporal().uiPort()),
                "--db-filename",
                config.database().toString(),
                "--log-level",
                "warn",
                "--search-attribute",
                "MillraceModel=Keyword",
                "--search-attribute",
                "MillraceVersion=Keyword",
                "--search-attribute",
                "MillraceStage=Keyword",
                "--search-attribute",
                "MillraceOutcome=Keyword",
                // short steps answer from the same task: fewer round trips per step
                "--dynamic-config-value",
                "system.enableActivityEagerExecution=true",
                // the CLI and the steward start and update in one call
                "--dynamic-config-value",
                "frontend.enableExecuteMultiOperation=true"),
            Map.of(),
            config.logs().resolve("temporal.log"));
  }

  Process startWorker() {
    try {
      Files.deleteIfExists(ready());
    } catch (IOException e) {
      throw new IllegalStateException(ready() + ": cannot be deleted", e);
    }
    return worker()
        .start(
            java(
                config.worker().heap(),
                List.of("-XX:+ExitOnOutOfMemoryError"),
                "io.millrace.infra.worker.WorkerMain"),
            environment(),
            config.logs().resolve("worker.log"));
  }

  /** Exists while a worker polls. */
  public Path ready() {
    return config.run().resolve("worker.ready");
  }

  boolean temporalListens() {
    return Listening.at(address());
  }

  /** What child processes get on top of ours. */
  public Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>();
    environment.put("MILLRACE_HOME", config.home().toString());
    environment.put("MILLRACE_ROOT", config.root().toString());
    environment.put("MILLRACE_STORE_URI", config.storeUri());
    // not -cp: a command line of many kilobytes makes ONNX Runtime 1.29 recurse until it dies
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    environment.put("TEMPORAL_ADDRESS", address());
    environment.put("DJL_OFFLINE", "true");
    environment.put("OPT_OUT_TRACKING", "true");
    environment.put("DJL_CACHE_DIR", config.scratch().resolve("djl").toString());
    if (temporalCli != null) {
      environment.put("MILLRACE_TEMPORAL", temporalCli);
    }
    // tells the keeper that the address above is the local server's, not somebody else's
    environment.put("MILLRACE_LOCAL_TEMPORAL", Boolean.toString(!external()));
    environment.putAll(more);
    return environment;
  }

  private static List<String> java(String heap, List<String> flags, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.addAll(flags);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add(main);
    return command;
  }

  private static ServiceStatus status(ManagedProcess process, String detail) {
    return process
        .running()
        .map(h -> new ServiceStatus(process.name(), true, "pid " + h.pid() + ", " + detail))
        .orElseGet(() -> new ServiceStatus(process.name(), false, detail));
  }

  private String build() {
    Path jar = Path.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator)[0]);
    try {
      return jar + " " + Files.getLastModifiedTime(jar).toMillis();
    } catch (IOException e) {
      return jar.toString();
    }
  }

  private String runningBuild() {
    try {
      return Files.readString(config.run().resolve("build"));
    } catch (IOException e) {
      return "";
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new IllegalStateException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
