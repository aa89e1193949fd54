package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.DockerClient;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.deploy.lambda.FunctionCache;
import io.millrace.activities.deploy.lambda.FunctionImages;
import io.millrace.activities.deploy.lambda.LambdaClients;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.server.DesiredState;
import io.millrace.infra.it.FunctionUrl.Reply;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.lambda.model.GetAliasResponse;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.PackageType;

/** Real functions in containers, on LocalStack. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LambdaTargetIT extends TargetContract {
  private static final String FUNCTION = "millrace-" + NAME;
  private static final String KEY = "mr_0123456789";
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\",\"__id\":\"p-1\"}]}";
  private static final TargetSpec IAM = lambda(0, "iam");

  private static final DockerClient DOCKER = DockerClients.open();
  private static final Set<String> MADE = new TreeSet<>();

  private static LambdaEmulator emulator;
  private static LambdaClients clients;

  private TargetSpec spec = IAM;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
    clients = emulator.clients();
  }

  @AfterAll
  static void stop() {
    emulator.close();
    // a class whose tests failed is run again in this same process, and ends twice
    MADE.forEach(image -> DOCKER.removeImageCmd(image).withForce(true).exec());
    MADE.clear();
  }

  private static TargetSpec lambda(int provisioned, String auth) {
    return lambda("zip", provisioned, auth);
  }

  private static TargetSpec lambda(String form, int provisioned, String auth) {
    return new TargetSpec(
        null,
        new TargetSpec.Lambda(
            "512MB", Duration.ofSeconds(10), form, provisioned, null, "off", auth, null, null),
        null,
        null,
        null,
        null);
  }

  @Override
  protected Target target() {
    return new LambdaTarget(
        store(),
        scratch(),
        new Secrets(Map.of("KEY", KEY)),
        new LambdaSettings(List.of("secret:env:KEY"), 7, null, null, "of-this-engine"),
        this::image,
        () -> clients);
  }

  /** The emulator runs what its engine has: nothing is pushed. */
  private String image(Endpoint endpoint, DesiredState.Version version, String registry) {
    assertThat(registry).isEqualTo("of-this-engine");
    ModelImages images =
        new ModelImages(scratch(), AppFiles.ofThisProcess(scratch()), () -> DOCKER);
    String reference =
        new FunctionImages(
                new Packages(store(), scratch()),
                images,
                new FunctionCache(store(), images, () -> DOCKER, scratch()),
                () -> "millrace/lambda-java:25")
            .of(endpoint, version, null);
    MADE.add(reference);
    return reference;
  }

  @Override
  protected TargetSpec settings() {
    return spec;
  }

  @Override
  protected ObjectStore openStore(Path folder) {
    return emulator.store(emulator.bucket());
  }

  /** A part is due every five seconds, and is written by the next call. */
  @Override
  protected Duration lag() {
    return Duration.ofSeconds(20);
  }

  @Override
  protected Scored ask(String url) throws IOException {
    Reply reply = send(url, "POST", "/invocations", ROW, Map.of());
    if (reply.status() != 200) {
      throw new IOException("HTTP " + reply.status() + ": " + reply.body());
    }
    return new Scored(
        Integer.parseInt(reply.headers().getOrDefault("x-millrace-version", "0")),
        PayloadJson.mapper().readTree(reply.body()).findValue("score").asDouble());
  }

  private static Reply send(
      String url, String method, String path, String body, Map<String, String> headers)
      throws IOException {
    return new FunctionUrl(emulator.aws().endpoint(), url).send(method, path, body, headers);
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    List<String> names = new ArrayList<>();
    clients
        .lambda()
        .listFunctions()
        .functions()
        .forEach(f -> names.add("function " + f.functionName()));
    clients
        .logs()
        .describeLogGroups(r -> r.logGroupNamePrefix("/aws/lambda/" + FUNCTION))
        .logGroups()
        .forEach(group -> names.add("log group " + group.logGroupName()));
    clients
        .iam()
        .listRoles()
        .roles()
        .forEach(
            role -> {
              if (role.roleName().startsWith("millrace")) {
                names.add("role " + role.roleName());
              }
            });
    clients
        .cloudWatch()
        .describeAlarms()
        .metricAlarms()
        .forEach(alarm -> names.add("alarm " + alarm.alarmName()));
    return names;
  }

  @Test
  void apply_afterSomebodyChangedTheFunctionByHand_makesItRightAgain() throws IOException {
    deployments().prepare(request(1, 0));
    deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "test"));
    deployments().prepare(request(2, 1));
    ShiftRequest all = new ShiftRequest(NAME, Map.of(2, 1.0), "all", "test");
    deployments().shift(all);
    GetAliasResponse alias = alias();
    // as a crash leaves it: the alias of before, and a half-made version in the workshop
    String first = published(1);
    clients.lambda().updateAlias(r -> r.functionName(FUNCTION).name("live").functionVersion(first));
    clients
        .lambda()
        .updateFunctionConfiguration(r -> r.functionName(FUNCTION).memorySize(256).timeout(3));
    assertThat(deployments().shift(all).weights()).isEqualTo(Map.of(1, 0.0, 2, 1.0));
    assertThat(alias().functionVersion()).isEqualTo(alias.functionVersion());
    EndpointState third = deployments().prepare(request(3, 2));
    assertThat(third.ready()).containsExactly(1, 2, 3);
    deployments().shift(new ShiftRequest(NAME, Map.of(3, 1.0), "third", "test"));
    Scored scored = ask(String.valueOf(third.url()));
    assertThat(scored.version()).isEqualTo(3);
    assertThat(scored.score())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 2), within(1e-6));
    String number = published(3);
    assertThat(
            clients
                .lambda()
                .getFunctionConfiguration(r -> r.functionName(FUNCTION).qualifier(number))
                .memorySize())
        .isEqualTo(512);
  }

  @Test
  void url_withApiKeys_asksForOneAndAnswersAsAServerDoes() throws Exception {
    spec = lambda(0, "key");
    deployments().prepare(request(1, 0));
    String url =
        String.valueOf(
            deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "")).url());
    Map<String, String> key = Map.of("Authorization", "Bearer " + KEY, "x-request-id", "mine");
    assertThat(send(url, "POST", "/invocations", ROW, Map.of()).status()).isEqualTo(401);
    assertThat(send(url, "POST", "/invocations", ROW, Map.of("x-api-key", "no")).status())
        .isEqualTo(401);
    assertThat(send(url, "GET", "/v2/health/ready", "", Map.of()).status()).isEqualTo(200);
    Reply answer = send(url, "POST", "/invocations", ROW, key);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("x-request-id", "mine");
    String tensors =
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[50]},"
            + "{\"name\":\"income\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1500]},"
            + "{\"name\":\"city\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"berlin\"]}]}";
    Reply infer = send(url, "POST", "/v2/models/" + NAME + "/infer", tensors, key);
    assertThat(infer.status()).as(infer.body()).isEqualTo(200);
    JsonNode scores = PayloadJson.mapper().readTree(infer.body()).path("outputs").get(0);
    assertThat(scores.path("data").get(0).asDouble())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
    Reply bad = send(url, "POST", "/invocations", "{\"instances\":[{\"age\":500}]}", key);
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.body()).contains("age: 500 (expected: a number in 0..120)");
    assertThat(send(url, "GET", "/v2/models/" + NAME, "", key).body()).contains("\"inputs\"");
    assertThat(send(url, "POST", "/nothing", "{}", key).status()).isEqualTo(404);

    String environment =
        clients
            .lambda()
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
    return clients
        .logs()
        .filterLogEvents(r -> r.logGroupName("/aws/lambda/" + FUNCTION))
        .events()
        .stream()
        .map(FilteredLogEvent::message)
        .toList();
  }

  private boolean hasPart(String ending) {
    return store().list("predictions/credit/1/").stream().anyMatch(part -> part.endsWith(ending));
  }

  /** The prediction log and its profile are written one after the other, while requests come. */
  private void awaitLog(String url, Map<String, String> key) throws Exception {
    Instant start = Instant.now();
    while (!hasPart(".jsonl.gz") || !hasPart(".profile.json")) {
      assertThat(Instant.now()).isBefore(start.plusSeconds(30));
      send(url, "POST", "/invocations", ROW, key);
      Thread.sleep(200);
    }
  }

  @Test
  void aFunctionAsAnImage_isPublishedSplitAndReplacedAsAnArchiveIs() throws Exception {
    spec = lambda("image", 0, "iam");
    deployments().prepare(request(1, 0));
    String url =
        String.valueOf(
            deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "")).url());
    assertThat(ask(url).score())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
    GetFunctionConfigurationResponse function =
        clients.lambda().getFunctionConfiguration(r -> r.functionName(FUNCTION));
    assertThat(function.packageType()).isEqualTo(PackageType.IMAGE);
    assertThat(function.runtime()).isNull();
    deployments().prepare(request(2, 2));
    deployments().shift(new ShiftRequest(NAME, Map.of(1, 0.5, 2, 0.5), "half", "test"));
    Set<Integer> seen = new TreeSet<>();
    Instant end = Instant.now().plusSeconds(60);
    while (seen.size() < 2) {
      assertThat(Instant.now()).isBefore(end);
      Scored scored = ask(url);
      assertThat(scored.score())
          .isCloseTo(
              TestPackages.expected(50, 1500.0, "berlin", scored.version() == 1 ? 0 : 2),
              within(1e-6));
      seen.add(scored.version());
    }
    assertThat(seen).containsExactly(1, 2);
    deployments().shift(new ShiftRequest(NAME, Map.of(2, 1.0), "second", "test"));
    assertThat(alias().functionVersion()).isEqualTo(published(2));

    // what a function is made of cannot be changed on AWS: it is said, and nothing is
    spec = IAM;
    assertThatThrownBy(() -> deployments().prepare(request(3, 0)))
        .hasMessageContaining("deployment.target.lambda.form: zip (expected: image")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  @Test
  void provisionedInstances_followTheVersionsWithTraffic() throws IOException {
    spec = lambda(1, "iam");
    deployments().prepare(request(1, 0));
    deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "test"));
    assertThat(provisioned()).containsExactly(published(1));
    deployments().prepare(request(2, 1));
    deployments().shift(new ShiftRequest(NAME, Map.of(2, 1.0), "second", "test"));
    assertThat(provisioned()).containsExactly(published(2));
  }

  @Test
  void aBodyThatIsWrong_isNoErrorOfTheVersion_butRowsItRefusesAre() throws Exception {
    deployments().prepare(request(1, 0));
    String url =
        String.valueOf(
            deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "")).url());
    Instant start = Instant.now();
    assertThat(send(url, "POST", "/invocations", "{\"instances\":7}", Map.of()).status())
        .isEqualTo(400);
    awaitSeen(url, start, 2);
    assertThat(errors(start)).isZero();
    // a schema that became too narrow is the version's own fault: the old one took the row
    assertThat(
            send(url, "POST", "/invocations", "{\"instances\":[{\"age\":-1}]}", Map.of()).status())
        .isEqualTo(400);
    awaitSeen(url, start, seen(start) + 3);
    assertThat(errors(start)).isOne();
  }

  private void awaitSeen(String url, Instant start, long requests) throws Exception {
    Instant end = Instant.now().plusSeconds(30);
    while (seen(start) < requests) {
      assertThat(Instant.now()).isBefore(end);
      ask(url);
      Thread.sleep(300);
    }
  }

  private long errors(Instant since) {
    return deployments()
        .observe(new ObserveRequest(NAME, List.of(1), since))
        .versions()
        .getFirst()
        .errors();
  }

  /** What a rollout needs to roll back: the shift in the scores, well within a minute. */
  @Test
  void observe_ofAVersionWhoseScoresMoved_showsItWithinAMinute() throws Exception {
    deployments().prepare(request(1, 0));
    deployments().shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "test"));
    deployments().prepare(request(2, 1));
    Instant start = Instant.now();
    String url =
        String.valueOf(
            deployments()
                .shift(new ShiftRequest(NAME, Map.of(1, 0.5, 2, 0.5), "half", "test"))
                .url());
    Instant end = start.plusSeconds(60);
    while (true) {
      for (int i = 0; i < 20; i++) {
        ask(url);
      }
      List<VersionTraffic> traffic =
          deployments().observe(new ObserveRequest(NAME, List.of(1, 2), start)).versions();
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
    return deployments()
        .observe(new ObserveRequest(NAME, List.of(1), start))
        .versions()
        .getFirst()
        .requests();
  }

  @Test
  void aFunctionOfAnotherStore_isLeftAlone() throws IOException {
    deployments().prepare(request(1, 0));
    Endpoint endpoint = new Endpoints(store()).find(NAME).orElseThrow();
    try (ObjectStore other = openStore(scratch())) {
      Target target =
          new LambdaTarget(
              other,
              scratch(),
              new Secrets(Map.of()),
              LambdaSettings.defaults(),
              this::image,
              () -> clients);
      DesiredState.Version version = endpoint.versions().getFirst();
      Path dir = new Packages(store(), scratch()).fetch(version.prefix(), version.digest());
      new Packages(other, scratch()).publish(dir, version.prefix());
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
          .hasMessageContaining("function " + FUNCTION + ": is of store " + store().uri());
      target.remove(moved);
    }
    assertThat(leftovers(NAME)).contains("function " + FUNCTION);
    assertThat(published(1)).isEqualTo("1");
  }

  @Test
  void place_withoutAStoreThatFunctionsReach_isRefused() {
    Target target =
        new LambdaTarget(
            new FileStore(scratch()),
            scratch(),
            new Secrets(Map.of()),
            LambdaSettings.defaults(),
            this::image,
            () -> clients);
    assertThatThrownBy(() -> target.place(NAME, IAM))
        .hasMessageContaining("store.uri: file:")
        .hasMessageContaining("expected: s3://bucket/prefix");
  }

  @Test
  void place_ofAnImageWithoutARegistry_isRefused() {
    Target target =
        new LambdaTarget(
            store(),
            scratch(),
            new Secrets(Map.of()),
            LambdaSettings.defaults(),
            this::image,
            () -> clients);
    assertThatThrownBy(() -> target.place(NAME, lambda("image", 0, "iam")))
        .hasMessageContaining("deployment.target.lambda.registry: nothing (expected: a repository")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  private PrepareRequest request(int version, double bias) throws IOException {
    return new PrepareRequest(NAME, publish(version, bias), settings(), "prepare-" + version);
  }

  private GetAliasResponse alias() {
    return clients.lambda().getAlias(r -> r.functionName(FUNCTION).name("live"));
  }

  /** The platform's number of a version. */
  private String published(int version) {
    Endpoint endpoint = new Endpoints(store()).find(NAME).orElseThrow();
    String digest =
        endpoint.versions().stream()
            .filter(v -> v.version() == version)
            .findFirst()
            .orElseThrow()
            .digest();
    return clients
        .lambda()
        .listVersionsByFunction(r -> r.functionName(FUNCTION))
        .versions()
        .stream()
        .filter(v -> !v.version().equals("$LATEST") && v.description().contains(digest))
        .findFirst()
        .orElseThrow()
        .version();
  }

  private List<String> provisioned() {
    return clients
        .lambda()
        .listProvisionedConcurrencyConfigs(r -> r.functionName(FUNCTION))
        .provisionedConcurrencyConfigs()
        .stream()
        .map(c -> c.functionArn().substring(c.functionArn().lastIndexOf(':') + 1))
        .toList();
  }
}
