package io.millrace.infra.cli;

import io.millrace.infra.config.AppConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the spot quickstart lives and what its processes are told: a home under the user's, free
 * ports, an emulator's address and credentials that are nobody's.
 *
 * @param environment of the worker and the server
 */
record SpotSettings(AppConfig config, Map<String, String> environment) {
  private static final Map<String, String> CREDENTIALS =
      Map.of(
          "AWS_ACCESS_KEY_ID", "test", "AWS_SECRET_ACCESS_KEY", "test", "AWS_REGION", "us-east-1");

  /** What a user may have set for an account of theirs. */
  private static final List<String> FOREIGN =
      List.of(
          "MILLRACE_EC2_SUBNETS",
          "MILLRACE_EC2_SECURITY_GROUPS",
          "MILLRACE_EC2_INSTANCE_PROFILE",
          "MILLRACE_EC2_VOLUME_GIGABYTES",
          "MILLRACE_EC2_ENVIRONMENT",
          "MILLRACE_EC2_SETUP");

  SpotSettings {
    environment = Map.copyOf(environment);
  }

  static SpotSettings under(AppConfig user) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("MILLRACE_HOME", user.home().resolve("spot").toString());
    environment.put("MILLRACE_ROOT", user.root().toString());
    environment.put("MILLRACE_TEMPORAL_PORT", Integer.toString(freePort()));
    environment.put("MILLRACE_TEMPORAL_UI_PORT", Integer.toString(freePort()));
    environment.put("MILLRACE_WORKER_METRICS_PORT", "0");
    String cli = user.temporal().cli();
    if (cli != null) {
      environment.put("MILLRACE_TEMPORAL", cli);
    }
    return of(environment);
  }

  private static SpotSettings of(Map<String, String> environment) {
    return new SpotSettings(AppConfig.from(environment), environment);
  }

  /** The same with a market and a store. */
  SpotSettings on(URI emulator, URI market, String storeUri) {
    Map<String, String> all = new TreeMap<>(environment);
    all.put("MILLRACE_STORE_URI", storeUri);
    all.put("MILLRACE_EC2_IMAGE", "ami-12345678");
    all.put("MILLRACE_EC2_HEAP", "512m");
    all.put("MILLRACE_EC2_POLL", "PT1S");
    // the market's own prices wander between a quarter and a half of a dollar
    all.put("MILLRACE_EC2_ON_DEMAND_PRICES", "m5.large=1.00,c5.large=1.00");
    FOREIGN.forEach(name -> all.put(name, ""));
    AppConfig config = AppConfig.from(all);
    all.putAll(CREDENTIALS);
    all.put("AWS_ENDPOINT_URL", emulator.toString());
    all.put("AWS_ENDPOINT_URL_S3", emulator.toString());
    all.put("AWS_ENDPOINT_URL_EC2", market.toString());
    return new SpotSettings(config, all);
  }

  Path home() {
    return config.home();
  }

  Path machines() {
    return home().resolve("machines");
  }

  /** What a bought machine has by itself. */
  Map<String, String> machine() {
    Map<String, String> all = new TreeMap<>(CREDENTIALS);
    all.put("MILLRACE_NODE_CACHE", home().resolve("node-cache").toString());
    all.put("MILLRACE_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
    all.put("MILLRACE_IMDS_EVERY", "PT1S");
    return all;
  }

  /**
   * Points this process's own AWS clients at the emulator, before whatever the environment says.
   *
   * @return what was there before; an empty value for nothing
   */
  Map<String, String> announce(URI emulator) {
    Map<String, String> properties =
        Map.of(
            "aws.accessKeyId", "test",
            "aws.secretAccessKey", "test",
            "aws.region", "us-east-1",
            "aws.endpointUrl", emulator.toString(),
            "aws.endpointUrlS3", emulator.toString());
    Map<String, String> before = new TreeMap<>();
    properties.forEach(
        (name, value) -> {
          String was = System.setProperty(name, value);
          before.put(name, was == null ? "" : was);
        });
    return before;
  }

  static void restore(Map<String, String> before) {
    before.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }

  /** Nothing is left of the one before: its store went with its LocalStack. */
  void empty() {
    try {
      if (Files.isDirectory(home())) {
        try (Stream<Path> all = Files.walk(home())) {
          for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
      Files.createDirectories(home());
    } catch (IOException | UncheckedIOException e) {
      throw new CliFailure(ExitCode.FAILED, home() + ": cannot be emptied: " + e.getMessage(), e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no port is free", e);
    }
  }
}
