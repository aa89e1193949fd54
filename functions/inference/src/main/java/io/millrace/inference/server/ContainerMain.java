package io.millrace.inference.server;

import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.LogSinks;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one package from a folder, settings by the environment ({@link ContainerSettings}): the
 * process of an image, of an edge bundle, or by hand. {@code --healthcheck} asks the server of the
 * same settings whether it is ready and ends with 0 or 1; {@code --new-key NAME} prints a new API
 * key on stderr and its line for the file on stdout. Ends with 2 for a wrong setting and 1 when it
 * cannot start; SIGTERM drains it.
 */
public final class ContainerMain {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerMain.class);

  private ContainerMain() {}

  public static void main(String[] args) throws InterruptedException {
    String command = args.length == 0 ? "serve" : args[0];
    try {
      switch (command) {
        case "serve" -> serve(System.getenv());
        case "--healthcheck" ->
            System.exit(HealthCheck.of(ContainerSettings.from(System.getenv())).ready() ? 0 : 1);
        case "--new-key" -> newKey(args);
        default ->
            throw new IllegalArgumentException(
                "arguments: " + command + " (expected: none, --healthcheck, or --new-key NAME)");
      }
    } catch (IllegalArgumentException e) {
      LOG.error("{}", e.getMessage());
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (RuntimeException e) {
      LOG.error("cannot start", e);
      System.err.println("cannot start: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void serve(Map<String, String> environment) throws InterruptedException {
    ModelServer server = start(environment, null);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.stop();
                  ended.countDown();
                },
                "drain"));
    ended.await();
  }

  /**
   * Starts the server of a package, for mains that do more than this one.
   *
   * @param environment as {@link ContainerSettings} reads it
   * @param sink of the prediction log; null for the one that the settings name
   * @throws IllegalArgumentException for a wrong setting, with every problem
   */
  public static ModelServer start(Map<String, String> environment, @Nullable LogSink sink) {
    ContainerSettings settings = ContainerSettings.from(environment);
    settings.unknown().forEach(key -> LOG.warn("{}: no such setting; it is ignored", key));
    LogSink log = sink == null ? sink(settings, environment) : sink;
    ModelServer server = PackageServer.open(settings, log);
    try {
      return server.start();
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  private static LogSink sink(ContainerSettings settings, Map<String, String> environment) {
    if (settings.logUri().isEmpty()) {
      LOG.info("prediction log: none");
      return (key, content) -> {};
    }
    return LogSinks.open(settings.logUri(), environment);
  }

  private static void newKey(String[] args) {
    if (args.length != 2) {
      throw new IllegalArgumentException("arguments: (expected: --new-key NAME)");
    }
    String key = ApiKeys.generate();
    String line = ApiKeys.line(args[1], key);
    System.err.println(key);
    System.out.println(line);
  }
}
