package io.millrace.activities.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.ScoreShift;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server of this process that follows the store; processes are {@code ServerIT}'s. */
class LocalTargetTest {
  private static final String NAME = "credit";

  @TempDir Path dir;
  private ObjectStore store;
  private Endpoints endpoints;
  private Deployments target;
  private HttpServer server;
  private volatile String stats = "{\"versions\":[]}";

  @BeforeEach
  void open() throws IOException {
    store = new FileStore(dir.resolve("store"));
    endpoints = new Endpoints(store);
    JavaLaunch launch =
        new JavaLaunch(Path.of("/nowhere/java"), "", List.of(), Map.of(), dir.resolve("logs"));
    LocalServers servers = new LocalServers(store, dir.resolve("scratch"), launch);
    Instant now = Instant.parse("2026-03-01T12:00:00Z");
    target =
        new Deployments(
            endpoints,
            new EndpointChanges(InstantSource.fixed(now)),
            List.of(new LocalTarget(servers)));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/admin/state", x -> answer(x, state()));
    server.createContext("/admin/reload", x -> answer(x, "{}"));
    server.createContext("/admin/stats", x -> answer(x, stats));
    server.start();
    LocalServers.announce(dir.resolve("scratch"), NAME);
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  @Test
  void prepare_makesAVersionReadyWithoutTraffic() {
    EndpointState state = target.prepare(prepare(1));
    assertThat(state.url()).isEqualTo("http://127.0.0.1:" + port());
    assertThat(state.weights()).isEqualTo(Map.of(1, 0.0));
    assertThat(state.ready()).containsExactly(1);
    assertThat(target.prepare(prepare(1))).isEqualTo(state);
    assertThat(endpoints.history(NAME)).hasSize(1);
  }

  @Test
  void prepare_withPortZero_takesAFreePortAndKeepsIt() {
    PrepareRequest request = new PrepareRequest(NAME, ref(1), TargetSpec.local(0), "k");
    // the port is kept before a server is started on it, which this machine's java cannot
    assertThatThrownBy(() -> target.prepare(request))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.ENDPOINT_UNAVAILABLE))
        .hasMessageContaining("expected: to answer on port");
    int port = endpoints.find(NAME).orElseThrow().port();
    assertThat(port).isBetween(20_000, 24_999);
    assertThatThrownBy(() -> target.prepare(request)).hasMessageContaining("port " + port);
    assertThat(endpoints.history(NAME)).hasSize(1);
  }

  @Test
  void shift_movesTrafficOnceForAKey() {
    target.prepare(prepare(1));
    target.prepare(prepare(2));
    target.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "a", "first"));
    EndpointState split = target.shift(new ShiftRequest(NAME, Map.of(1, 0.9, 2, 0.1), "b", "10 %"));
    assertThat(split.weights()).isEqualTo(Map.of(1, 0.9, 2, 0.1));
    target.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "back", "rollback"));
    EndpointState late = target.shift(new ShiftRequest(NAME, Map.of(1, 0.9, 2, 0.1), "b", "10 %"));
    assertThat(late.weights()).isEqualTo(Map.of(1, 1.0, 2, 0.0));
    assertThat(endpoints.history(NAME)).hasSize(5);
  }

  @Test
  void shift_toAVersionThatWasNotPrepared_isRefused() {
    target.prepare(prepare(1));
    assertThatThrownBy(() -> target.shift(new ShiftRequest(NAME, Map.of(3, 1.0), "a", "")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.REQUEST_INVALID))
        .hasMessageContaining("version 3 (expected: one of [1], prepared ones)");
    assertThatThrownBy(() -> target.shift(new ShiftRequest(NAME, Map.of(1, 0.5), "b", "")))
        .hasMessageContaining("expected: shares that sum to 1");
    assertThatThrownBy(() -> target.shift(new ShiftRequest("other", Map.of(1, 1.0), "c", "")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
  }

  @Test
  void retire_ofAVersionWithTraffic_isRefusedAndOfOneThatIsGoneIsSuccess() {
    target.prepare(prepare(1));
    target.prepare(prepare(2));
    target.shift(new ShiftRequest(NAME, Map.of(2, 1.0), "a", ""));
    assertThatThrownBy(() -> target.retire(new RetireRequest(NAME, 2, "r2")))
        .hasMessageContaining("expected: none, shift it first");
    assertThat(target.retire(new RetireRequest(NAME, 1, "r1")).ready()).containsExactly(2);
    assertThat(target.retire(new RetireRequest(NAME, 1, "r1")).ready()).containsExactly(2);
    assertThat(target.retire(new RetireRequest("other", 1, "r1")).url()).isNull();
  }

  @Test
  void observe_comparesAVersionsScoresWithTheHeaviestOther() {
    target.prepare(prepare(1));
    target.prepare(prepare(2));
    target.shift(new ShiftRequest(NAME, Map.of(1, 0.9, 2, 0.1), "a", ""));
    stats =
        """
        {"versions":[
         {"version":1,"requests":900,"errors":1,"p50":1.5,"p99":4.0,"scores":[300,300,300]},
         {"version":2,"requests":150,"errors":0,"p50":1.6,"p99":5.0,"scores":[10,40,100]}]}
        """;
    List<VersionTraffic> seen =
        target.observe(new ObserveRequest(NAME, List.of(2, 1, 3), Instant.EPOCH)).versions();
    assertThat(seen.get(0).requests()).isEqualTo(150);
    assertThat(seen.get(0).scoreShift()).isBetween(0.5, 0.8);
    assertThat(seen.get(1).errors()).isEqualTo(1);
    assertThat(seen.get(2)).isEqualTo(new VersionTraffic(3, 0, 0, null, null, null));
  }

  @Test
  void observe_whenTheServerIsGone_isUnavailable() {
    target.prepare(prepare(1));
    server.stop(0);
    assertThatThrownBy(() -> target.observe(new ObserveRequest(NAME, List.of(1), Instant.EPOCH)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.ENDPOINT_UNAVAILABLE));
    assertThat(target.describe(new DescribeRequest(NAME)).url()).isNull();
  }

  @Test
  void describe_ofNoEndpoint_isEmpty() {
    assertThat(target.describe(new DescribeRequest("other")))
        .isEqualTo(new EndpointState("other", null, Map.of(), List.of()));
  }

  @Test
  void prepare_forAnotherTarget_isRefused() {
    assertThatThrownBy(
            () ->
                target.prepare(
                    new PrepareRequest(
                        NAME, ref(1), new TargetSpec(null, null, null, null, null, null), "k")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("deployment.target");
  }

  @Test
  void all_listsEndpointsAndNothingElse() {
    target.prepare(prepare(1));
    store.put("endpoints/other/drift/0000000001.json", new byte[] {'{', '}'});
    assertThat(endpoints.all()).extracting(Endpoint::name).containsExactly(NAME);
  }

  @Test
  void scoreShift_ofFewScores_saysNothingAndOfEqualOnesLittle() {
    assertThat(ScoreShift.of(new double[] {50, 40}, new double[] {500, 500})).isEmpty();
    double[] many = {90, 60, 30, 20, 10, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 10, 20, 200, 400};
    double[] few = {9, 8, 2, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 2, 3, 26, 49};
    assertThat(ScoreShift.of(few, many).orElseThrow()).isLessThan(0.1);
    double[] moved = {0, 0, 2, 1, 1, 0, 1, 0, 1, 0, 11, 10, 10, 11, 10, 10, 12, 13, 16, 9};
    assertThat(ScoreShift.of(moved, many).orElseThrow()).isGreaterThan(1);
  }

  private int port() {
    return server.getAddress().getPort();
  }

  private PrepareRequest prepare(int version) {
    TargetSpec local = TargetSpec.local(port());
    return new PrepareRequest(NAME, ref(version), local, "prepare-" + version);
  }

  private static ModelRef ref(int version) {
    return new ModelRef(NAME, version, "%064x".formatted(version));
  }

  private String state() {
    return endpoints
        .find(NAME)
        .map(
            e ->
                "{\"seq\":%d,\"ready\":[%s]}"
                    .formatted(
                        e.seq(),
                        e.weights().keySet().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(","))))
        .orElse("{\"seq\":0,\"ready\":[]}");
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
