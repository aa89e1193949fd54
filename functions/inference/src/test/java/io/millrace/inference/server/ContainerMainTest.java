package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import io.millrace.inference.client.Scored;
import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerMainTest {
  @TempDir Path dir;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process java(Map<String, String> environment, String... arguments) throws IOException {
    Stream<String> command =
        Stream.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            ContainerMain.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(Stream.concat(command, Stream.of(arguments)).toList());
    builder.environment().keySet().removeIf(key -> key.startsWith("MILLRACE_"));
    builder.environment().putAll(environment);
    // not as -cp: a command line of many kilobytes is ONNX Runtime's end
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("out-" + arguments.length + ".txt").toFile())
        .start();
  }

  @Test
  void aProcess_servesThePackage_tellsItsHealth_andDrainsOnSigterm() throws Exception {
    Path model = TestPackages.linear(dir.resolve("model"));
    int port = freePort();
    Map<String, String> environment =
        Map.of(
            "HOST",
            "127.0.0.1",
            "PORT",
            "" + port,
            "MILLRACE_MODEL_DIR",
            model.toString(),
            "MILLRACE_MODEL_VERSION",
            "4",
            "MILLRACE_LOG_URI",
            "file:" + dir.resolve("log"));
    Files.createDirectories(dir.resolve("log"));
    Process health = java(environment, "--healthcheck");
    assertThat(health.waitFor()).as("nobody is there yet").isEqualTo(1);
    Process server = java(environment);
    try (ModelClient client =
        new ModelClient(
            ClientConfig.of(URI.create("http://127.0.0.1:" + port), "credit")
                .withDeadline(Duration.ofSeconds(60)))) {
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!client.ready()) {
        assertThat(server.isAlive()).as(said()).isTrue();
        assertThat(System.nanoTime()).as(said()).isLessThan(end);
        LockSupport.parkNanos(20_000_000);
      }
      Scored scored = client.predict(List.of(Map.of("age", 50, "income", 1500, "city", "berlin")));
      assertThat(scored.version()).isEqualTo(4);
      assertThat(scored.model()).isEqualTo("credit");
      assertThat(java(environment, "--healthcheck").waitFor()).isZero();
      server.destroy(); // SIGTERM
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      server.destroyForcibly();
    }
    try (Stream<Path> parts = Files.walk(dir.resolve("log/predictions/credit/4"))) {
      assertThat(parts.filter(file -> file.toString().endsWith(".jsonl.gz"))).hasSize(1);
    }
  }

  private String said() throws IOException {
    return Files.readString(dir.resolve("out-0.txt"));
  }

  @Test
  void settingsThatAreWrong_areToldAllAtOnce() throws Exception {
    Map<String, String> environment =
        new TreeMap<>(
            Map.of(
                "PORT", "70000",
                "MILLRACE_MAX_ROWS", "0",
                "MILLRACE_BATCHING", "maybe",
                "MILLRACE_DRAIN", "soon",
                "MILLRACE_API_KEYS_FILE", dir.resolve("away").toString(),
                "MILLRACE_TLS_KEY", "key.pem",
                "OTEL_EXPORTER_OTLP_ENDPOINT", "collector",
                "OTEL_TRACES_SAMPLER_ARG", "2"));
    assertThatThrownBy(() -> ContainerSettings.from(environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "PORT: 70000 (expected: 0..65535)",
            "MILLRACE_MAX_ROWS: 0 (expected: 1..10000000)",
            "MILLRACE_BATCHING: maybe (expected: auto, on or off)",
            "MILLRACE_DRAIN: soon (expected: a duration such as PT10S",
            "MILLRACE_API_KEYS_FILE: " + dir.resolve("away") + " (expected: a readable file",
            "MILLRACE_TLS_CERTIFICATE, MILLRACE_TLS_KEY: one (expected: both or none)",
            "OTEL_EXPORTER_OTLP_ENDPOINT: collector (expected: an http(s) address)",
            "OTEL_TRACES_SAMPLER_ARG: (expected: 0..1)");
    assertThat(java(Map.of("PORT", "70000")).waitFor()).isEqualTo(2);
    assertThat(said()).contains("PORT: 70000 (expected: 0..65535)");
    assertThat(ContainerSettings.from(Map.of("MILLRACE_MAX_BODY", "1")).unknown())
        .containsExactly("MILLRACE_MAX_BODY");
    assertThat(ContainerSettings.from(Map.of("MILLRACE_SERVER", "pod-1")).config("e").server())
        .isEqualTo("pod-1");
  }

  @Test
  void aPackageThatIsAnother_isNotServed() {
    Path model = TestPackages.linear(dir.resolve("model"));
    assertThatThrownBy(
            () ->
                ContainerMain.start(
                    Map.of(
                        "MILLRACE_MODEL_DIR",
                        model.toString(),
                        "MILLRACE_MODEL_DIGEST",
                        "0".repeat(64)),
                    null))
        .hasMessageStartingWith("package: digest ")
        .hasMessageEndingWith(" (expected: " + "0".repeat(64) + ")");
    assertThatThrownBy(
            () ->
                ContainerMain.start(
                    Map.of("MILLRACE_MODEL_DIR", model.toString(), "MILLRACE_LOG_URI", "ftp://x"),
                    null))
        .hasMessageStartingWith("log: ftp://x (expected: file:/dir");
  }
}
