package io.millrace.infra.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.compute.LocalProcess;
import io.millrace.activities.deploy.Deployments;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.LocalTarget;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server's real process, its store and its target. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServerIT {
  private static final String NAME = "credit";
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\",\"__id\":\"p-1\"}]}";

  @TempDir Path home;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private ObjectStore store;
  private Deployments target;
  private JavaLaunch launch;

  @BeforeEach
  void open() {
    store = new FileStore(home.resolve("store"));
    launch =
        new JavaLaunch(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            List.of(
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"),
            Map.of(),
            home.resolve("logs"));
    target = new Deployments(store, List.of(new LocalTarget(store, scratch(), launch)));
  }

  @AfterEach
  void end() throws IOException {
    if (Files.exists(pidFile())) {
      ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void server_startedByTheTarget_answersShiftsUnderLoadAndComesBackFromAKill() throws Exception {
    prepare(1, 0);
    EndpointState live = target.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "test"));
    String url = String.valueOf(live.url());
    assertThat(score(post(url, ROW)))
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-5));
    HttpResponse<String> bad = post(url, "{\"instances\":[{\"age\":\"old\"}]}");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(bad.body()).contains("age");

    Instant start = Instant.now();
    try (Load load = new Load(URI.create(url + "/invocations"), ROW)) {
      load.awaitRequests(200);
      prepare(2, 1);
      for (double share : new double[] {0.1, 0.5, 1}) {
        Map<Integer, Double> weights = share == 1 ? Map.of(2, 1.0) : Map.of(1, 1 - share, 2, share);
        target.shift(new ShiftRequest(NAME, weights, "to-" + share, "test"));
        load.awaitRequests(600);
      }
      target.retire(new RetireRequest(NAME, 1, "retire-1"));
      load.awaitRequests(200);
      assertThat(load.failures()).isEmpty();
      assertThat(load.answers().keySet()).containsExactlyInAnyOrder("1", "2");
    }
    assertThat(score(post(url, ROW)))
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 1), within(1e-5));
    List<VersionTraffic> seen =
        target.observe(new ObserveRequest(NAME, List.of(2), start)).versions();
    assertThat(seen.getFirst().requests()).isGreaterThan(600);
    assertThat(seen.getFirst().errors()).isZero();
    assertThat(seen.getFirst().p99()).isPositive();
    assertThat(seen.getFirst().scoreShift()).isGreaterThan(0.5);

    send(url, "/admin/flush");
    assertThat(store.list("predictions/credit/1/")).anyMatch(key -> key.endsWith(".jsonl.gz"));
    assertThat(store.list("predictions/credit/2/")).anyMatch(key -> key.endsWith(".profile.json"));

    try (LocalSupervisor supervisor =
        new LocalSupervisor(store, launch, scratch(), Duration.ofMillis(200))) {
      supervisor.start();
      ProcessHandle killed = ProcessHandle.of(pid()).orElseThrow();
      killed.destroyForcibly();
      killed.onExit().get(10, TimeUnit.SECONDS);
      while (!answers(url)) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    assertThat(score(post(url, ROW)))
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 1), within(1e-5));

    ProcessHandle server = ProcessHandle.of(pid()).orElseThrow();
    server.destroy();
    server.onExit().get(20, TimeUnit.SECONDS);
    assertThat(answers(url)).isFalse();
    long logged =
        store.list("predictions/credit/2/").stream().filter(k -> k.endsWith(".jsonl.gz")).count();
    assertThat(logged).as("parts, the last one written while it drained").isGreaterThan(1);
  }

  @Test
  void prepare_ofAPackageThatIsBroken_saysWhyAndLeavesTheOldVersionServing() throws Exception {
    prepare(1, 0);
    String url =
        String.valueOf(target.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "")).url());
    ModelRef broken = new ModelRef(NAME, 2, "0".repeat(64));
    store.put(broken.prefix() + PackageFiles.MANIFEST, new byte[] {'{', '}'});
    store.put(broken.prefix() + PackageFiles.GRAPH, new byte[] {1});
    assertThat(new Endpoints(store).find(NAME).map(Endpoint::url)).contains(url);
    assertThatThrownBy(() -> target.prepare(request(broken)))
        .hasMessageContaining("server of credit")
        .hasMessageContaining("version 2")
        .hasMessageContaining("digest");
    // what a rollback does must not wait for the broken one
    target.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "back", "rollback"));
    target.retire(new RetireRequest(NAME, 2, "retire-2"));
    assertThat(post(url, ROW).statusCode()).isEqualTo(200);
  }

  private void prepare(int version, double bias) throws IOException {
    Path dir = TestPackages.linear(Files.createDirectory(home.resolve("package-" + version)), bias);
    ModelRef ref = new ModelRef(NAME, version, PackageFiles.digest(dir));
    new Packages(store, scratch()).publish(dir, ref.prefix());
    assertThat(target.prepare(request(ref)).ready()).contains(version);
  }

  private static PrepareRequest request(ModelRef ref) {
    TargetSpec local = TargetSpec.local(0);
    return new PrepareRequest(NAME, ref, local, "prepare-" + ref.version());
  }

  private Path scratch() {
    return home.resolve("scratch");
  }

  private Path pidFile() {
    return scratch().resolve("servers").resolve(NAME + ".pid");
  }

  private long pid() throws IOException {
    return LocalProcess.of(Files.readString(pidFile())).pid();
  }

  private HttpResponse<String> post(String url, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url + "/invocations"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private void send(String url, String path) throws IOException, InterruptedException {
    http.send(
        HttpRequest.newBuilder(URI.create(url + path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.discarding());
  }

  private boolean answers(String url) throws InterruptedException {
    try {
      return post(url, ROW).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static double score(HttpResponse<String> response) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode score = PayloadJson.mapper().readTree(response.body()).findValue("score");
    return score.asDouble();
  }
}
