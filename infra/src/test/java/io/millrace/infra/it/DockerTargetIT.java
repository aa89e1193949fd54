package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.github.dockerjava.api.command.InspectContainerResponse;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.deploy.Deployments;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
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

/** Real containers under load: traffic moves, processes are killed, and nobody notices. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DockerTargetIT {
  private static final String NAME = "credit";
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";
  private static final int RATE = 200;

  @TempDir static Path kept;
  @TempDir Path home;
  private ObjectStore store;
  private Deployments deployments;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void open() {
    store = new FileStore(home.resolve("store"));
    deployments = new Deployments(store, List.of(target()));
  }

  @AfterEach
  void remove() {
    new Endpoints(store).find(NAME).ifPresent(target()::remove);
    assertThat(DockerEndpoints.of(NAME, store, home)).isEmpty();
    store.close();
  }

  @Test
  void shift_tenFiftyHundred_under200RequestsPerSecond_failsNone() throws Exception {
    serve(1, 0, null);
    Instant begun = Instant.now();
    try (SteadyLoad load = new SteadyLoad(this::ask, RATE)) {
      load.awaitAnswers(RATE);
      prepare(2, 1, null);
      for (double share : new double[] {0.1, 0.5, 1.0}) {
        shift("to " + share, share == 1 ? Map.of(2, 1.0) : Map.of(1, 1 - share, 2, share));
        // the new version's first answers, which a cold JVM takes its time for
        load.awaitAnswers(RATE);
        SteadyLoad.Counts before = load.counts();
        load.awaitAnswers(4 * RATE);
        SteadyLoad.Counts after = load.counts();
        double fresh = after.of(2) - before.of(2);
        double all = fresh + after.of(1) - before.of(1);
        // weights are served in turn; requests under way at the switch are a handful of 800
        assertThat(fresh / all).isCloseTo(share, within(0.04));
      }
      deployments.retire(new RetireRequest(NAME, 1, "retire-1"));
      load.awaitAnswers(RATE);
      assertThat(load.failures()).isEmpty();
      assertThat(load.counts().total()).isGreaterThan(13 * RATE);
    }
    VersionTraffic seen =
        deployments.observe(new ObserveRequest(NAME, List.of(2), begun)).versions().getFirst();
    assertThat(seen.requests()).isGreaterThan(4 * RATE);
    assertThat(seen.errors()).isZero();
    assertThat(seen.p99()).isPositive();
  }

  @Test
  void kill9_ofAReplicaAndOfTheProxy_bothComeBackWithTheSameWeights() throws Exception {
    ScaleSpec two = new ScaleSpec(2, 2, null);
    serve(1, 0, two);
    prepare(2, 1, two);
    shift("half", Map.of(1, 0.75, 2, 0.25));
    try (SteadyLoad load = new SteadyLoad(this::ask, RATE)) {
      load.awaitAnswers(RATE);
      long killed = kill9("-v1-", "-0");
      load.awaitAnswers(2 * RATE);
      awaitRunning("-v1-", "-0", killed);
      // the proxy sends what a dying server did not answer to another one
      assertThat(load.failures()).isEmpty();
    }
    awaitReady(List.of(1, 2));
    kill9("-proxy", "");
    awaitAnswer();
    awaitReady(List.of(1, 2));
    awaitShareOfTwo(0.25);
    // and what a state says is made true again from nothing
    for (String gone : List.of("-proxy", "-v2-")) {
      DockerEndpoints.DOCKER.removeContainerCmd(container(gone, "")).withForce(true).exec();
    }
    shift("half", Map.of(1, 0.75, 2, 0.25));
    assertThat(deployments.describe(new DescribeRequest(NAME)).ready()).containsExactly(1, 2);
    assertThat(ask().score()).isBetween(0.0, 1.0);
  }

  @Test
  void prepare_ofAVersionThatNeverGetsReady_saysWhyAndTheOldOneGoesOn() throws Exception {
    serve(1, 0, null);
    // a graph that no runtime opens: the container ends, again and again
    Path dir = TestPackages.linear(Files.createDirectory(home.resolve("broken")), 3);
    Files.write(dir.resolve(PackageFiles.GRAPH), new byte[] {1, 2, 3});
    ModelRef broken = new ModelRef(NAME, 2, PackageFiles.digest(dir));
    new Packages(store, home).publish(dir, broken.prefix());
    try (SteadyLoad load = new SteadyLoad(this::ask, 50)) {
      assertThatThrownBy(() -> prepare(broken, null))
          .hasMessageContaining("version 2 not ready")
          .hasMessageContaining("/v2/health/ready");
      load.awaitAnswers(50);
      assertThat(load.failures()).isEmpty();
      assertThat(load.counts().of(2)).isZero();
    }
    shift("back", Map.of(1, 1.0));
    deployments.retire(new RetireRequest(NAME, 2, "retire-2"));
    assertThat(DockerEndpoints.of(NAME, store, home)).noneMatch(name -> name.contains("-v2-"));
  }

  @Test
  void containers_canDoNoMoreThanTheyMust_andTheAdminSideIsNotPublic() throws Exception {
    serve(1, 0, null);
    for (String part : List.of("-proxy", "-v1-")) {
      InspectContainerResponse container =
          DockerEndpoints.DOCKER.inspectContainerCmd(container(part, "")).exec();
      assertThat(container.getHostConfig().getReadonlyRootfs()).isTrue();
      assertThat(container.getHostConfig().getCapDrop())
          .extracting(Enum::name)
          .containsExactly("ALL");
      assertThat(container.getHostConfig().getSecurityOpts()).contains("no-new-privileges:true");
      assertThat(container.getHostConfig().getMemory()).isPositive();
      assertThat(container.getConfig().getUser()).isNotEmpty().doesNotStartWith("0");
    }
    String url = new Endpoints(store).find(NAME).orElseThrow().url();
    for (String path :
        List.of(
            "/admin/stats",
            "//admin/stats",
            "/v2/../admin/stats",
            "/%61dmin/stats",
            "/v2/%2e%2e/admin/stats",
            "/metrics")) {
      assertThat(get(url + path).statusCode()).as(path).isEqualTo(404);
    }
    assertThat(get(url + "/v2/health/ready").statusCode()).isEqualTo(200);
    // the version a path names answers, whatever its weight
    prepare(2, 1, null);
    assertThat(get(url + "/v2/models/" + NAME + "/versions/2/ready").statusCode()).isEqualTo(200);
    // the prediction log lands in the store, written by somebody who sees nothing else of it
    ask();
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (store.list("predictions/" + NAME + "/1/").isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(200);
    }
    assertThat(store.list("predictions/" + NAME + "/1/")).isNotEmpty();
  }

  private Target target() {
    return DockerEndpoints.target(store, home, kept);
  }

  private void serve(int version, double bias, ScaleSpec scale) throws IOException {
    prepare(version, bias, scale);
    shift("first", Map.of(version, 1.0));
    // a cold JVM on a busy machine answers slower than the load comes
    for (int i = 0; i < 300; i++) {
      ask();
    }
  }

  private void prepare(int version, double bias, ScaleSpec scale) throws IOException {
    Path dir = TestPackages.linear(Files.createDirectory(home.resolve("package" + version)), bias);
    ModelRef ref = new ModelRef(NAME, version, PackageFiles.digest(dir));
    new Packages(store, home).publish(dir, ref.prefix());
    prepare(ref, scale);
  }

  private void prepare(ModelRef ref, ScaleSpec scale) {
    deployments.prepare(
        new PrepareRequest(
            NAME, ref, DockerEndpoints.SPEC, "prepare-" + ref.version(), scale, null));
  }

  private void shift(String key, Map<Integer, Double> weights) {
    deployments.shift(new ShiftRequest(NAME, weights, key, "test"));
  }

  private ContractClient.Scored ask() throws IOException {
    Endpoint endpoint = new Endpoints(store).find(NAME).orElseThrow();
    return ContractClient.ask(endpoint.url(), ROW);
  }

  private HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String container(String part, String end) {
    return DockerEndpoints.DOCKER
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of("io.millrace.endpoint", NAME))
        .exec()
        .stream()
        .map(container -> container.getNames()[0].substring(1))
        .filter(name -> name.contains(part) && name.endsWith(end))
        .findFirst()
        .orElseThrow();
  }

  /** Kills the process, as the system does for want of memory; the engine restarts it. */
  private static long kill9(String part, String end) {
    long pid = pid(container(part, end));
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    return pid;
  }

  private static long pid(String name) {
    Long pid = DockerEndpoints.DOCKER.inspectContainerCmd(name).exec().getState().getPidLong();
    return pid == null ? 0 : pid;
  }

  private static void awaitRunning(String part, String end, long before)
      throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    String name = container(part, end);
    while (pid(name) == 0 || pid(name) == before) {
      assertThat(System.nanoTime()).as("restart of " + name).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private void awaitReady(List<Integer> versions) throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!deployments.describe(new DescribeRequest(NAME)).ready().equals(versions)) {
      assertThat(System.nanoTime()).as("readiness").isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Until every replica is back; one that is missing leaves its version a smaller share. */
  private void awaitShareOfTwo(double share) throws IOException {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    double seen;
    do {
      int fresh = 0;
      for (int i = 0; i < 400; i++) {
        fresh += ask().version() == 2 ? 1 : 0;
      }
      seen = fresh / 400.0;
    } while (Math.abs(seen - share) > 0.02 && System.nanoTime() < until);
    assertThat(seen).isCloseTo(share, within(0.02));
  }

  private void awaitAnswer() throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try {
        ask();
        return;
      } catch (IOException e) {
        assertThat(System.nanoTime()).as("an answer, last: " + e).isLessThan(until);
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }
}
