package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.bundle.BundleArchive;
import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.bundle.BundleTarget;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.activities.reproduce.RegisteredModel;
import io.millrace.activities.secret.Secrets;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.RandomPackages;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A trained version as a bundle: exported, unpacked and served where there is no network. */
@Timeout(600)
final class ExportCommandIT {
  private static final String IMAGE = "millrace/debian:trixie";
  private static final int ROWS = 7;

  @TempDir Path home;
  private WorkflowServiceStubs nobody;
  private Cli cli;

  @BeforeEach
  void open() {
    nobody = WorkflowServiceStubs.newLocalServiceStubs();
    cli = new Cli(home, WorkflowClient.newInstance(nobody));
  }

  @AfterEach
  void close() {
    nobody.shutdownNow();
  }

  @Test
  void export_ofATrainedVersion_servesItWithoutANetwork_andShipsItsLogOnce() throws Exception {
    RegisteredModel.in(cli.store, home.resolve("work"));
    Path file = home.resolve("sample.tar.gz");
    Cli.Answer exported = cli.run("export", "sample@1", "--bundle", file.toString(), "--json");
    assertThat(exported.code()).as(exported.err()).isZero();
    JsonNode json = exported.json();
    assertThat(json.path("runtime").asText()).isEqualTo("java");

    Path again = home.resolve("again.tar.gz");
    assertThat(cli.run("export", "sample@1", "--bundle", again.toString()).code()).isZero();
    assertThat(again).hasSameBinaryContentAs(file);

    Path key = home.resolve("signer.pub");
    Files.writeString(key, json.path("publicKey").asText());
    Cli.Answer verified =
        cli.run("bundle", "verify", file.toString(), "--key", key.toString(), "--json");
    assertThat(verified.code()).as(verified.err()).isZero();
    assertThat(verified.json().path("trusted").asBoolean()).isTrue();
    Cli.Answer unpacked =
        cli.run(
            "bundle",
            "unpack",
            file.toString(),
            home.resolve("edge").toString(),
            "--key",
            key.toString());
    assertThat(unpacked.code()).as(unpacked.err()).isZero();

    VersionEntry entry = new Models(cli.store).version("sample", 1).orElseThrow();
    Path model =
        new Packages(cli.store, home.resolve("scratch")).fetch(entry.prefix(), entry.digest());
    Path bundle = home.resolve("edge/sample-1");
    assertThat(jars(bundle)).noneMatch(name -> name.startsWith("onnxruntime"));
    servesAndSpools(bundle, model, key);
    shipsOnce(bundle);
  }

  @Test
  void export_ofADearGraph_takesOnnxRuntimeAlong() throws Exception {
    Path made =
        new RandomPackages(3).net(home.resolve("made"), 100, 2, List.of(512, 512), "binary");
    PackageRef ref = new Packages(cli.store, home.resolve("scratch")).publish(made, "p/1/");
    Path file = home.resolve("dear.tar.gz");
    EdgeBundles.Written written =
        new EdgeBundles(
                cli.store, home.resolve("scratch"), new Secrets(Map.of()), home.resolve("keys"))
            .write(new EdgeBundles.Version(4, ref.prefix(), ref.digest()), file, null, step -> {});
    assertThat(written.manifest().runtime()).isEqualTo("onnx");
    BundleArchive.unpack(file, null, home.resolve("edge"));
    Path key = home.resolve("keys/bundle.pub");
    servesAndSpools(home.resolve("edge/random-4"), made, key);
  }

  @Test
  void target_preparesBesideThePath_andChangesThePathAsAWhole() throws Exception {
    Packages packages = new Packages(cli.store, home.resolve("scratch"));
    List<PackageRef> refs = new ArrayList<>();
    for (int n = 1; n <= 2; n++) {
      Path made = new RandomPackages(n).net(home.resolve("m" + n), 3, 1, List.of(4), "binary");
      refs.add(packages.publish(made, "p/" + n + "/"));
    }
    BundleTarget target =
        new BundleTarget(
            new EdgeBundles(
                cli.store, home.resolve("scratch"), new Secrets(Map.of()), home.resolve("keys")));
    Path path = home.resolve("out/credit.tar.gz");

    Endpoint first = endpoint(path, refs, 1, 0);
    assertThat(target.live(first)).isEmpty();
    assertThat(target.apply(first, Set.of()).ready()).containsExactly(1);
    assertThat(BundleArchive.verify(path, null).manifest().version()).isEqualTo(1);

    // prepared, without traffic: what people fetch stays
    assertThat(target.apply(endpoint(path, refs, 1, 0), Set.of(2)).ready()).containsExactly(1, 2);
    assertThat(BundleArchive.verify(path, null).manifest().version()).isEqualTo(1);
    Files.write(path, new byte[] {1, 2, 3}); // half a copy of a worker that died
    Endpoint second = endpoint(path, refs, 0, 1);
    assertThat(target.apply(second, Set.of()).ready()).containsExactly(1, 2);
    assertThat(BundleArchive.verify(path, null).manifest().version()).isEqualTo(2);
    target.remove(second);
    assertThat(objects(path.getParent())).isEmpty();
  }

  private static Endpoint endpoint(Path path, List<PackageRef> refs, double one, double two) {
    TargetSpec settings =
        new TargetSpec(null, null, null, null, null, new TargetSpec.Bundle(path.toString(), null));
    return new Endpoint(
        1,
        "credit",
        "bundle",
        0,
        List.of(
            new DesiredState.Version(1, refs.get(0).prefix(), refs.get(0).digest(), one),
            new DesiredState.Version(2, refs.get(1).prefix(), refs.get(1).digest(), two)),
        "key",
        "test",
        Instant.EPOCH,
        settings,
        null,
        path.toUri().toString());
  }

  private static List<String> jars(Path bundle) throws IOException {
    try (Stream<Path> files = Files.list(bundle.resolve("lib"))) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  private void servesAndSpools(Path bundle, Path model, Path key) throws Exception {
    String container = "millrace-edge-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    Files.copy(key, bundle.resolveSibling("trusted.pub"));
    run(
        "docker",
        "run",
        "-d",
        "--name",
        container,
        "--network",
        "none",
        "-e",
        "MILLRACE_TRUSTED_KEY=/edge/trusted.pub",
        "-v",
        bundle.getParent() + ":/edge",
        IMAGE,
        "/edge/" + bundle.getFileName() + "/bin/serve");
    try {
      List<Map<String, Object>> rows = new ArrayList<>();
      List<Prediction> expected;
      try (ModelRuntime runtime = ModelRuntime.open(model)) {
        for (int i = 0; i < ROWS; i++) {
          rows.add(row(runtime, i));
        }
        expected = runtime.predict(rows);
      }
      String body = PayloadJson.mapper().writeValueAsString(Map.of("dataframe_records", rows));
      String answer = ask(container, "POST /invocations", body);
      JsonNode predictions =
          PayloadJson.mapper()
              .readTree(answer.substring(answer.indexOf("\r\n\r\n")))
              .path("predictions");
      assertThat(predictions.size()).as(answer).isEqualTo(ROWS);
      for (int i = 0; i < ROWS; i++) {
        assertThat((float) predictions.get(i).path("score").asDouble())
            .as(answer)
            .isEqualTo(expected.get(i).score());
      }
      String bad =
          body.replaceFirst("\\{\"dataframe_records\":\\[\\{\"", "{\"dataframe_records\":[{\"no");
      assertThat(ask(container, "POST /invocations", bad)).startsWith("HTTP/1.1 400");
      run("docker", "stop", "-t", "20", container);
      assertThat(run("docker", "inspect", "-f", "{{.State.ExitCode}}", container).strip())
          .as(run("docker", "logs", container))
          .isIn("0", "143");
    } finally {
      run("docker", "rm", "-f", container);
    }
    assertThat(objects(bundle.resolve("spool/parts"))).hasSize(2);
  }

  private static Map<String, Object> row(ModelRuntime runtime, int i) {
    Map<String, Object> row = new LinkedHashMap<>();
    for (int f = 0; f < runtime.manifest().features().size(); f++) {
      Feature feature = runtime.manifest().features().get(f);
      Encoding encoding = runtime.manifest().encodings().get(f);
      row.put(
          feature.name(),
          encoding instanceof Encoding.Categorical levels
              ? levels.levels().get(i % levels.levels().size())
              : (Object) (i * 0.25 - f % 3));
    }
    return row;
  }

  /** Over the container's own loopback, the only interface it has; the connection stays open. */
  private static String ask(String container, String request, String body) throws Exception {
    Path script = Files.createTempFile("ask-", ".sh");
    String bytes =
        "%s HTTP/1.1\r\nHost: edge\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(request, body.getBytes(StandardCharsets.UTF_8).length, body);
    try {
      Files.writeString(script, bytes);
      run("docker", "cp", script.toString(), container + ":/tmp/request");
      // the first question waits for the server
      return run(
          "docker",
          "exec",
          container,
          "bash",
          "-c",
          "for i in $(seq 300); do exec 3<>/dev/tcp/127.0.0.1/8080 && break; sleep 0.1; done"
              + " 2>/dev/null; cat /tmp/request >&3; timeout 5 cat <&3 || true");
    } finally {
      Files.delete(script);
    }
  }

  private void shipsOnce(Path bundle) throws Exception {
    Path store = home.resolve("central");
    List<String> waiting = objects(bundle.resolve("spool/parts"));
    Path kept = home.resolve("kept");
    run("cp", "-a", bundle.resolve("spool/parts").toString(), kept.toString());

    assertThat(ship(bundle, store)).startsWith("2 objects shipped, 0 rows dropped");
    assertThat(objects(store)).isEqualTo(waiting);
    assertThat(objects(bundle.resolve("spool/parts"))).isEmpty();
    assertThat(lines(store)).isEqualTo(ROWS);
    assertThat(ship(bundle, store)).startsWith("0 objects shipped");

    // a process that died after it had sent and before it had forgotten
    run("cp", "-a", kept + "/.", bundle.resolve("spool/parts").toString());
    assertThat(ship(bundle, store)).startsWith("2 objects shipped");
    assertThat(objects(store)).isEqualTo(waiting);
    assertThat(lines(store)).isEqualTo(ROWS);
  }

  private static String ship(Path bundle, Path store) throws Exception {
    return run("env", "MILLRACE_LOG_URI=file:" + store, bundle.resolve("bin/ship").toString());
  }

  private static long lines(Path store) throws IOException {
    long lines = 0;
    for (String name : objects(store)) {
      if (name.endsWith(".jsonl.gz")) {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(store.resolve(name)))) {
          lines += new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().count();
        }
      }
    }
    return lines;
  }

  private static List<String> objects(Path root) throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> walked = Files.walk(root)) {
      return walked
          .filter(Files::isRegularFile)
          .map(path -> root.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  /** What it printed, which must have ended well. */
  private static String run(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("run-", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", List.of(command)).isTrue();
      String text = Files.readString(out, StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as("%s: %s", List.of(command), text).isZero();
      return text;
    } finally {
      Files.deleteIfExists(out);
    }
  }
}
