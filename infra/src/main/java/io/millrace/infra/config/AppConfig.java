package io.millrace.infra.config;

import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.secret.Secrets;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of ours, read once. A setting {@code store.uri} comes from the environment as
 * {@code MILLRACE_STORE_URI}, else from {@code <home>/millrace.properties}, else from its default.
 * Unknown keys and bad values are reported together. The connection to Temporal is not ours: the
 * SDK's profile loader reads it ({@code TEMPORAL_*}).
 *
 * @param home state of this machine: store, scratch, logs, pid files, Temporal's database
 * @param root the checkout, for the examples; the working directory when not said
 * @param storeUri {@code file:/…} or {@code s3://bucket/prefix}
 * @param temporal the local server that {@code up} starts
 * @param worker the worker process
 * @param trainer the nodes of the local compute adapter
 * @param compute where else nodes may run
 * @param deploy where else endpoints may live
 * @param lambda what functions of the target {@code lambda} have in common
 * @param approval where people answer by link; null for nowhere
 * @param query what reads rows that lie in the store
 */
public record AppConfig(
    Path home,
    Path root,
    String storeUri,
    TemporalConfig temporal,
    WorkerConfig worker,
    TrainerConfig trainer,
    ComputeConfig compute,
    DeployConfig deploy,
    LambdaSettings lambda,
    @Nullable ApprovalConfig approval,
    QueryConfig query) {

  private static final String PREFIX = "MILLRACE_";
  private static final Map<String, String> OWN =
      Map.ofEntries(
          Map.entry("home", "~/.millrace"),
          Map.entry("root", ""),
          Map.entry("store.uri", ""),
          Map.entry("temporal.port", "7233"),
          Map.entry("temporal.ui-port", "8233"),
          Map.entry("worker.metrics-port", "9464"),
          Map.entry("worker.heap", "1g"),
          Map.entry("trainer.heap", "1g"),
          Map.entry("server.heap", "512m"));

  private static final Map<String, String> DEFAULTS = defaults();

  /** Read by the launcher or by tests, not by us. */
  private static final List<String> FOREIGN =
      List.of(
          "MILLRACE_JAVA",
          "MILLRACE_CACHE",
          "MILLRACE_TEMPORAL",
          "MILLRACE_LOCAL_TEMPORAL",
          "MILLRACE_LOCALSTACK_IMAGE",
          "MILLRACE_MINISTACK_IMAGE",
          "MILLRACE_KUBERNETES",
          "MILLRACE_MARKET",
          "MILLRACE_NODE_CACHE",
          "MILLRACE_IMDS_EVERY",
          "MILLRACE_PRIVACY_KEY",
          "MILLRACE_BUILD",
          "MILLRACE_PACKAGE",
          "MILLRACE_RUNTIME",
          "MILLRACE_SPOOL",
          "MILLRACE_SPOOL_MB",
          "MILLRACE_TRUSTED_KEY",
          "MILLRACE_LOG_URI");

  /**
   * @param port of the server's gRPC front end on 127.0.0.1
   * @param uiPort of its web UI
   * @param cli the program that carries the server, found by the launcher; null for none
   * @param local true in processes whose Temporal address is the server {@code up} keeps
   */
  public record TemporalConfig(int port, int uiPort, @Nullable String cli, boolean local) {}

  /**
   * @param metricsPort Prometheus on 127.0.0.1; 0 for none
   * @param heap greatest heap, as the JVM writes it
   */
  public record WorkerConfig(int metricsPort, String heap) {}

  /**
   * @param heap greatest heap of a node
   * @param serverHeap greatest heap of a model server
   */
  public record TrainerConfig(String heap, String serverHeap) {}

  /**
   * Reads this process's environment and the file under home.
   *
   * @throws IllegalArgumentException with every problem, one per line
   */
  public static AppConfig load() {
    return from(System.getenv());
  }

  /**
   * Reads the given environment and the file under the home it names.
   *
   * @throws IllegalArgumentException with every problem, one per line
   */
  public static AppConfig from(Map<String, String> environment) {
    List<String> problems = new ArrayList<>();
    Map<String, String> given = new TreeMap<>();
    String homeText = environment.getOrDefault("MILLRACE_HOME", DEFAULTS.get("home"));
    Path home = path(String.valueOf(homeText), environment);
    fromFile(home.resolve("millrace.properties"), given, problems);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX) && !FOREIGN.contains(name)) {
            key(name)
                .ifPresentOrElse(
                    key -> given.put(key, value),
                    () ->
                        problems.add(name + ": " + value + " (expected: one of " + names() + ")"));
          }
        });
    Function<String, String> get =
        key -> {
          String value = given.get(key);
          return value == null ? String.valueOf(DEFAULTS.get(key)) : value;
        };
    String store = get.apply("store.uri");
    String storeUri = store.isEmpty() ? "file:" + home.resolve("store") : store;
    if (!storeUri.startsWith("file:") && !storeUri.startsWith("s3://")) {
      problems.add("store.uri: " + storeUri + " (expected: file:/… or s3://bucket/prefix)");
    }
    TemporalConfig temporal =
        new TemporalConfig(
            port("temporal.port", get, problems), port("temporal.ui-port", get, problems),
            environment.get("MILLRACE_TEMPORAL"),
                Boolean.parseBoolean(environment.get("MILLRACE_LOCAL_TEMPORAL")));
    WorkerConfig worker =
        new WorkerConfig(
            port("worker.metrics-port", get, problems), heap("worker.heap", get, problems));
    TrainerConfig trainer =
        new TrainerConfig(heap("trainer.heap", get, problems), heap("server.heap", get, problems));
    ComputeConfig compute = ComputeConfig.from(get, environment, problems);
    DeployConfig deploy = DeployConfig.from(get, environment, storeUri, problems);
    LambdaSettings lambda = LambdaConfig.from(get, problems);
    ApprovalConfig approval = ApprovalConfig.from(get, problems);
    QueryConfig query = QueryConfig.from(get, storeUri, problems);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    String root = get.apply("root");
    return new AppConfig(
        home,
        path(root.isEmpty() ? "." : root, environment),
        storeUri,
        temporal,
        worker,
        trainer,
        compute,
        deploy,
        lambda,
        approval,
        query);
  }

  /** Downloads and caches; may be emptied while nothing runs. */
  public Path scratch() {
    return home.resolve("scratch");
  }

  /** Logs of the processes that {@code up} and the adapters start. */
  public Path logs() {
    return home.resolve("logs");
  }

  /** Pid files. */
  public Path run() {
    return home.resolve("run");
  }

  /** Database file of the local Temporal server. */
  public Path database() {
    return home.resolve("temporal.db");
  }

  /** Resolves references to secrets from this process's environment. */
  public Secrets secrets() {
    return new Secrets(System.getenv());
  }

  /** Where the local server's web UI answers. */
  public URI uiUrl() {
    return URI.create("http://127.0.0.1:" + temporal.uiPort());
  }

  private static Map<String, String> defaults() {
    Map<String, String> all = new TreeMap<>(OWN);
    all.putAll(ComputeConfig.DEFAULTS);
    all.putAll(DeployConfig.DEFAULTS);
    all.putAll(LambdaConfig.DEFAULTS);
    all.putAll(ApprovalConfig.DEFAULTS);
    all.putAll(QueryConfig.DEFAULTS);
    return all;
  }

  private static void fromFile(Path file, Map<String, String> given, List<String> problems) {
    if (!Files.exists(file)) {
      return;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      problems.add(file + ": cannot be read (expected: a properties file): " + e.getMessage());
      return;
    }
    for (String key : properties.stringPropertyNames()) {
      if (DEFAULTS.containsKey(key) && !key.equals("home")) {
        given.put(key, properties.getProperty(key));
      } else {
        problems.add(file + ": " + key + " (expected: one of " + names() + ")");
      }
    }
  }

  private static Optional<String> key(String variable) {
    return DEFAULTS.keySet().stream().filter(key -> variable.equals(variable(key))).findFirst();
  }

  private static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private static String names() {
    return String.join(", ", DEFAULTS.keySet().stream().sorted(Comparator.naturalOrder()).toList());
  }

  private static int port(String key, Function<String, String> get, List<String> problems) {
    String text = get.apply(key);
    try {
      int port = Integer.parseInt(text.strip());
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // reported below with the other problems
    }
    problems.add(key + ": " + text + " (expected: a port, 0 to 65535)");
    return 0;
  }

  private static String heap(String key, Function<String, String> get, List<String> problems) {
    String text = get.apply(key);
    if (!text.matches("[1-9]\\d{0,5}[mMgG]")) {
      problems.add(key + ": " + text + " (expected: such as 512m or 2g)");
    }
    return text;
  }

  private static Path path(String text, Map<String, String> environment) {
    @Nullable String userHome = environment.getOrDefault("HOME", System.getProperty("user.home"));
    String expanded =
        text.equals("~") || text.startsWith("~/") ? userHome + text.substring(1) : text;
    return Path.of(expanded).toAbsolutePath().normalize();
  }
}
