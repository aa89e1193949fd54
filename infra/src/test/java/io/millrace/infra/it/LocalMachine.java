package io.millrace.infra.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.local.LocalServices;
import io.millrace.workflows.wire.PayloadJson;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A machine of its own for an integration test: home, ports, Temporal server, worker and keeper,
 * used through the command line as a user would. Closing it ends every process it started.
 */
final class LocalMachine implements AutoCloseable {
  private final Path home;
  private final Map<String, String> environment = new TreeMap<>();
  private final LocalServices services;
  private final AppConfig config;
  private final Supplier<ObjectStore> store;

  LocalMachine(Path home) {
    this(home, Map.of(), () -> new FileStore(home.resolve("store")));
  }

  /**
   * @param settings of its processes, beside its ports
   * @param store opens what they keep state in
   */
  LocalMachine(Path home, Map<String, String> settings, Supplier<ObjectStore> store) {
    this.home = home;
    this.store = store;
    environment.putAll(settings);
    environment.put("MILLRACE_HOME", home.toString());
    environment.put("MILLRACE_ROOT", root().toString());
    environment.put("MILLRACE_TEMPORAL_PORT", Integer.toString(freePort()));
    environment.put("MILLRACE_TEMPORAL_UI_PORT", Integer.toString(freePort()));
    environment.put("MILLRACE_WORKER_METRICS_PORT", "0");
    environment.put("MILLRACE_WORKER_HEAP", "768m");
    environment.put("HOME", System.getProperty("user.home"));
    environment.put("MILLRACE_TEMPORAL", temporalCli());
    this.config = AppConfig.from(environment);
    // the keeper inherits these ports through the properties file under the home
    try {
      Files.createDirectories(home);
      Files.writeString(
          home.resolve("millrace.properties"),
          "temporal.port=%d\ntemporal.ui-port=%d\nworker.metrics-port=0\nworker.heap=768m\n"
              .formatted(config.temporal().port(), config.temporal().uiPort()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    this.services = LocalServices.apart(config, settings);
  }

  /** The checkout. */
  static Path root() {
    return Path.of(System.getenv("MILLRACE_ROOT"));
  }

  void up() {
    services.up(System.out::println);
  }

  AppConfig config() {
    return config;
  }

  LocalServices services() {
    return services;
  }

  ObjectStore store() {
    return store.get();
  }

  /** What a command printed and how it ended. */
  record Answer(int exit, String out, String err) {
    JsonNode json() {
      try {
        return PayloadJson.mapper().readTree(out);
      } catch (IOException e) {
        throw new IllegalStateException("not JSON: " + out + "\n" + err, e);
      }
    }
  }

  /** Runs {@code infra/millrace} with these arguments. */
  Answer cli(Duration atMost, String... arguments) {
    return cli(Map.of(), atMost, arguments);
  }

  /** The same with other settings on top. */
  Answer cli(Map<String, String> settings, Duration atMost, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // the modules' test folders each have a logback-test.xml: logback would say so on
            // stdout
            "-Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "io.millrace.infra.cli.Millrace"));
    command.addAll(List.of(arguments));
    File out = home.resolve("cli.out").toFile();
    File err = home.resolve("cli.err").toFile();
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
      builder.environment().putAll(environment);
      builder.environment().putAll(settings);
      builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
      Process process = builder.start();
      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            String.join(" ", arguments)
                + ": still running after "
                + atMost
                + "\n"
                + Files.readString(err.toPath()));
      }
      return new Answer(
          process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Live processes of this machine whose command line holds the text. */
  List<ProcessHandle> processes(String text) {
    return ProcessHandle.allProcesses()
        .filter(
            p ->
                environmentOf(p).contains(home.toString())
                    || commandOf(p).contains(home.toString()))
        .filter(p -> commandOf(p).contains(text))
        .toList();
  }

  /** Asks again and again until the answer is yes. */
  static void await(String what, Duration atMost, BooleanSupplier done) {
    long until = System.nanoTime() + atMost.toNanos();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new AssertionError(what + ": not within " + atMost);
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  static void kill9(ProcessHandle process) {
    process.destroyForcibly();
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    services.down();
    for (String main : List.of("TrainerMain", "ServerMain", "WorkerMain", "Keeper")) {
      processes(main).forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static String commandOf(ProcessHandle process) {
    return read(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
  }

  private static String environmentOf(ProcessHandle process) {
    return read(Path.of("/proc", Long.toString(process.pid()), "environ"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
          .replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String temporalCli() {
    Stream<Optional<String>> places =
        Stream.of(
            Optional.ofNullable(System.getenv("MILLRACE_TEMPORAL")),
            Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "temporal"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst(),
            Optional.of(System.getProperty("user.home") + "/.cache/millrace/bin/temporal"));
    return places
        .flatMap(Optional::stream)
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no Temporal CLI (expected: on the PATH or in ~/.cache/millrace/bin;"
                        + " infra/millrace verify gets it)"));
  }
}
