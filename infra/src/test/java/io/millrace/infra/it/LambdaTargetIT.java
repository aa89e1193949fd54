package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.server.DesiredState;
import io.millrace.infra.it.FunctionUrl.Reply;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetAliasResponse;

/** What a function does beside the contract, on LocalStack: keys, logs, counts, repair. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LambdaTargetIT {
  private static final String NAME = LambdaEndpoint.NAME;
  private static final String FUNCTION = LambdaEndpoint.FUNCTION;
  private static final String KEY = LambdaEndpoint.KEY;
  private static final String ROW = LambdaEndpoint.ROW;
  private static final TargetSpec IAM = LambdaEndpoint.IAM;

  private static LambdaEmulator emulator;

  @TempDir Path scratch;
  private ObjectStore store;
  private LambdaEndpoint endpoint;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  @BeforeEach
  void open() {
    store = emulator.store(emulator.bucket());
    endpoint = new LambdaEndpoint(emulator, store, scratch);
  }

  @AfterEach
  void remove() {
    new Endpoints(store).find(NAME).ifPresent(endpoint.target()::remove);
    store.close();
  }

  @Test
  void apply_afterSomebodyChangedTheFunctionByHand_makesItRightAgain() throws IOException {
    endpoint.prepare(1, 0, IAM);
    endpoint.shift("first", Map.of(1, 1.0));
    endpoint.prepare(2, 1, IAM);
    ShiftRequest all = new ShiftRequest(NAME, Map.of(2, 1.0), "all", "test");
    endpoint.deployments().shift(all);
    GetAliasResponse alias = endpoint.alias();
    // as a crash leaves it: the alias of before, and a half-made version in the workshop
    String first = endpoint.published(1);
    lambda().updateAlias(r -> r.functionName(FUNCTION).name("live").functionVersion(first));
    lambda().updateFunctionConfiguration(r -> r.functionName(FUNCTION).memorySize(256).timeout(3));
    assertThat(endpoint.deployments().shift(all).weights()).isEqualTo(Map.of(1, 0.0, 2, 1.0));
    assertThat(endpoint.alias().functionVersion()).isEqualTo(alias.functionVersion());
    EndpointState third = endpoint.prepare(3, 2, IAM);
    assertThat(third.ready()).containsExactly(1, 2, 3);
    endpoint.shift("third", Map.of(3, 1.0));
    Scored scored = endpoint.ask(String.valueOf(third.url()));
    assertThat(scored.version()).isEqualTo(3);
    assertThat(scored.score())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 2), within(1e-6));
    String number = endpoint.published(3);
    assertThat(
            lambda()
                .getFunctionConfiguration(r -> r.functionName(FUNCTION).qualifier(number))
                .memorySize())
        .isEqualTo(512);
  }

  @Test
  void url_withApiKeys_asksForOneAndAnswersAsAServerDoes() throws Exception {
    endpoint.prepare(1, 0, LambdaEndpoint.spec("zip", 0, "key"));
    String url = String.valueOf(endpoint.shift("first", Map.of(1, 1.0)).url());
    Map<String, String> key = Map.of("Authorization", "Bearer " + KEY, "x-request-id", "mine");
    assertThat(endpoint.send(url, "POST", "/invocations", ROW, Map.of()).status()).isEqualTo(401);
    assertThat(endpoint.send(url, "POST", "/invocations", ROW, Map.of("x-api-key", "no")).status())
        .isEqualTo(401);
    assertThat(endpoint.send(url, "GET", "/v2/health/ready", "", Map.of()).status()).isEqualTo(200);
    Reply answer = endpoint.send(url, "POST", "/invocations", ROW, key);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("x-request-id", "mine");
    String tensors =
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[50]},"
            + "{\"name\":\"income\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1500]},"
            + "{\"name\":\"city\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"berlin\"]}]}";
    Reply infer = endpoint.send(url, "POST", "/v2/models/" + NAME + "/infer", tensors, key);
    assertThat(infer.status()).as(infer.body()).isEqualTo(200);
    JsonNode scores = PayloadJson.mapper().readTree(infer.body()).path("outputs").get(0);
    assertThat(scores.path("data").get(0).asDouble())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
    Reply bad = endpoint.send(url, "POST", "/invocations", "{\"instances\":[{\"age\":500}]}", key);
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.body()).contains("age: 500 (expected: a number in 0..120)");
    assertThat(endpoint.send(url, "GET", "/v2/models/" + NAME, "", key).body())
        .contains("\"inputs\"");
    assertThat(endpoint.send(url, "POST", "/nothing", "{}", key).status()).isEqualTo(404);

    String environment =
        lambda()
            .getFunctionConfiguration(r -> r.functionName(FUNCTION))
            .environment()
            .variables()
            .toString();
    assertThat(environment).doesNotContain(KEY).contains("MILLRACE_KEYS_SHA256");
    // the same log as a server's
    awaitLog(url, key);
    LocalMachine.await(
        "the call's line in CloudWatch Logs",
        Duration.ofSeconds(20),
        () ->
            logged().stream()
                .anyMatch(
                    line -> line.contains("\"requestId\":\"mine\"") && line.contains("\"_aws\"")));
    assertThat(logged()).noneMatch(line -> line.contains("berlin"));
  }

  private static List<String> logged() {
    return emulator
        .clients()
        .logs()
        .filterLogEvents(r -> r.logGroupName("/aws/lambda/" + FUNCTION))
        .events()
        .stream()
        .map(FilteredLogEvent::message)
        .toList();
  }

  private boolean hasPart(String ending) {
    return store.list("predictions/credit/1/").stream().anyMatch(part -> part.endsWith(ending));
  }

  /** The prediction log and its profile are written one after the other, while requests come. */
  private void awaitLog(String url, Map<String, String> key) throws Exception {
    Instant start = Instant.now();
    while (!hasPart(".jsonl.gz") || !hasPart(".profile.json")) {
      assertThat(Instant.now()).isBefore(start.plusSeconds(30));
      endpoint.send(url, "POST", "/invocations", ROW, key);
      Thread.sleep(200);
    }
  }

  @Test
  void provisionedInstances_followTheVersionsWithTraffic() throws IOException {
    TargetSpec one = LambdaEndpoint.spec("zip", 1, "iam");
    endpoint.prepare(1, 0, one);
    endpoint.shift("first", Map.of(1, 1.0));
    assertThat(provisioned()).containsExactly(endpoint.published(1));
    endpoint.prepare(2, 1, one);
    endpoint.shift("second", Map.of(2, 1.0));
    assertThat(provisioned()).containsExactly(endpoint.published(2));
  }

  @Test
  void aBodyThatIsWrong_isNoErrorOfTheVersion_butRowsItRefusesAre() throws Exception {
    endpoint.prepare(1, 0, IAM);
    String url = String.valueOf(endpoint.shift("first", Map.of(1, 1.0)).url());
    Instant start = Instant.now();
    assertThat(endpoint.send(url, "POST", "/invocations", "{\"instances\":7}", Map.of()).status())
        .isEqualTo(400);
    awaitSeen(url, start, 2);
    assertThat(errors(start)).isZero();
    // a schema that became too narrow is the version's own fault: the old one took the row
    assertThat(
            endpoint
                .send(url, "POST", "/invocations", "{\"instances\":[{\"age\":-1}]}", Map.of())
                .status())
        .isEqualTo(400);
    awaitSeen(url, start, seen(start) + 3);
    assertThat(errors(start)).isOne();
  }

  private void awaitSeen(String url, Instant start, long requests) throws Exception {
    Instant end = Instant.now().plusSeconds(30);
    while (seen(start) < requests) {
      assertThat(Instant.now()).isBefore(end);
      endpoint.ask(url);
      Thread.sleep(300);
    }
  }

  private long errors(Instant since) {
    return endpoint
        .deployments()
        .observe(new ObserveRequest(NAME, List.of(1), since))
        .versions()
        .getFirst()
        .errors();
  }

  /** What a rollout needs to roll back: the shift in the scores, well within a minute. */
  @Test
  void observe_ofAVersionWhoseScoresMoved_showsItWithinAMinute() throws Exception {
    endpoint.prepare(1, 0, IAM);
    endpoint.shift("first", Map.of(1, 1.0));
    endpoint.prepare(2, 1, IAM);
    Instant start = Instant.now();
    String url = String.valueOf(endpoint.shift("half", Map.of(1, 0.5, 2, 0.5)).url());
    Instant end = start.plusSeconds(60);
    while (true) {
      for (int i = 0; i < 20; i++) {
        endpoint.ask(url);
      }
      List<VersionTraffic> traffic =
          endpoint.deployments().observe(new ObserveRequest(NAME, List.of(1, 2), start)).versions();
      Double shift = traffic.get(1).scoreShift();
      if (shift != null) {
        assertThat(shift).isGreaterThan(0.5);
        assertThat(traffic.get(0).p99()).isPositive();
        return;
      }
      assertThat(Instant.now()).as("seen so far: %s", traffic).isBefore(end);
    }
  }

  private long seen(Instant start) {
    return endpoint
        .deployments()
        .observe(new ObserveRequest(NAME, List.of(1), start))
        .versions()
        .getFirst()
        .requests();
  }

  @Test
  void aFunctionOfAnotherStore_isLeftAlone() throws IOException {
    endpoint.prepare(1, 0, IAM);
    Endpoint served = new Endpoints(store).find(NAME).orElseThrow();
    try (ObjectStore other = emulator.store(emulator.bucket())) {
      Target target =
          new LambdaEndpoint(emulator, other, scratch).target(LambdaSettings.defaults());
      DesiredState.Version version = served.versions().getFirst();
      Path dir = new Packages(store, scratch).fetch(version.prefix(), version.digest());
      new Packages(other, scratch).publish(dir, version.prefix());
      // its second version is the same package: what matters is whose function it is
      Endpoint moved =
          new Endpoint(
              1,
              NAME,
              "lambda",
              0,
              List.of(new DesiredState.Version(2, version.prefix(), version.digest(), 0)),
              "k",
              "test",
              Instant.now(),
              IAM,
              null,
              null);
      assertThatThrownBy(() -> target.apply(moved, Set.of(2)))
          .hasMessageContaining("function " + FUNCTION + ": is of store " + store.uri());
      target.remove(moved);
    }
    assertThat(endpoint.leftovers()).contains("function " + FUNCTION);
    assertThat(endpoint.published(1)).isEqualTo("1");
  }

  @Test
  void place_withoutAStoreThatFunctionsReach_isRefused() {
    Target target =
        new LambdaEndpoint(emulator, new FileStore(scratch), scratch)
            .target(LambdaSettings.defaults());
    assertThatThrownBy(() -> target.place(NAME, IAM))
        .hasMessageContaining("store.uri: file:")
        .hasMessageContaining("expected: s3://bucket/prefix");
  }

  private List<String> provisioned() {
    return lambda()
        .listProvisionedConcurrencyConfigs(r -> r.functionName(FUNCTION))
        .provisionedConcurrencyConfigs()
        .stream()
        .map(c -> c.functionArn().substring(c.functionArn().lastIndexOf(':') + 1))
        .toList();
  }

  private LambdaClient lambda() {
    return emulator.clients().lambda();
  }
}
