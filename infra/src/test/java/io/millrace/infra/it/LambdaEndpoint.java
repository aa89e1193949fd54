package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Deployments;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.lambda.FunctionCache;
import io.millrace.activities.deploy.lambda.FunctionImages;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.server.DesiredState;
import io.millrace.infra.it.FunctionUrl.Reply;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import software.amazon.awssdk.services.lambda.model.GetAliasResponse;

/**
 * One endpoint on LocalStack's Lambda: the target that makes it, the ways in, and what there is of
 * it on the platform. Nothing is remembered: one may be made for each call.
 */
final class LambdaEndpoint {
  static final String NAME = "credit";
  static final String FUNCTION = "millrace-" + NAME;
  static final String KEY = "mr_0123456789";
  static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\",\"__id\":\"p-1\"}]}";
  static final TargetSpec IAM = spec("zip", 0, "iam");

  private static final DockerClient DOCKER = DockerClients.open();
  private static final Set<String> MADE = new TreeSet<>();

  private final LambdaEmulator emulator;
  private final ObjectStore store;
  private final Path scratch;

  LambdaEndpoint(LambdaEmulator emulator, ObjectStore store, Path scratch) {
    this.emulator = emulator;
    this.store = store;
    this.scratch = scratch;
  }

  static TargetSpec spec(String form, int provisioned, String auth) {
    return new TargetSpec(
        null,
        new TargetSpec.Lambda(
            "512MB", Duration.ofSeconds(10), form, provisioned, null, "off", auth, null, null),
        null,
        null,
        null,
        null);
  }

  /** Removes the images that tests made; a class that failed runs again in the same process. */
  static void removeImages() {
    MADE.forEach(image -> DOCKER.removeImageCmd(image).withForce(true).exec());
    MADE.clear();
  }

  Target target() {
    return target(new LambdaSettings(List.of("secret:env:KEY"), 7, null, null, "of-this-engine"));
  }

  Target target(LambdaSettings settings) {
    return new LambdaTarget(
        store, scratch, new Secrets(Map.of("KEY", KEY)), settings, this::image, emulator::clients);
  }

  /** The emulator runs what its engine has: nothing is pushed. */
  private String image(Endpoint endpoint, DesiredState.Version version, String registry) {
    assertThat(registry).isEqualTo("of-this-engine");
    ModelImages images = new ModelImages(scratch, AppFiles.ofThisProcess(scratch), () -> DOCKER);
    String reference =
        new FunctionImages(
                new Packages(store, scratch),
                images,
                new FunctionCache(store, images, () -> DOCKER, scratch),
                () -> "millrace/lambda-java:25")
            .of(endpoint, version, null);
    MADE.add(reference);
    return reference;
  }

  Deployments deployments() {
    return new Deployments(store, List.of(target()));
  }

  /** Publishes a package and makes it ready. */
  EndpointState prepare(int version, double bias, TargetSpec spec) throws IOException {
    Path dir =
        TestPackages.linear(
            Files.createDirectories(scratch.resolve("made/package-" + version)), bias);
    ModelRef ref = new ModelRef(NAME, version, PackageFiles.digest(dir));
    new Packages(store, scratch).publish(dir, ref.prefix());
    return deployments().prepare(new PrepareRequest(NAME, ref, spec, "prepare-" + version));
  }

  EndpointState shift(String key, Map<Integer, Double> weights) {
    return deployments().shift(new ShiftRequest(NAME, weights, key, "test"));
  }

  Scored ask(String url) throws IOException {
    Reply reply = send(url, "POST", "/invocations", ROW, Map.of());
    if (reply.status() != 200) {
      throw new IOException("HTTP " + reply.status() + ": " + reply.body());
    }
    return new Scored(
        Integer.parseInt(reply.headers().getOrDefault("x-millrace-version", "0")),
        PayloadJson.mapper().readTree(reply.body()).findValue("score").asDouble());
  }

  Reply send(String url, String method, String path, String body, Map<String, String> headers)
      throws IOException {
    return new FunctionUrl(emulator.aws().endpoint(), url).send(method, path, body, headers);
  }

  /** Functions, log groups, roles and alarms, of whatever endpoint. */
  List<String> leftovers() {
    List<String> names = new ArrayList<>();
    emulator
        .clients()
        .lambda()
        .listFunctions()
        .functions()
        .forEach(f -> names.add("function " + f.functionName()));
    emulator
        .clients()
        .logs()
        .describeLogGroups(r -> r.logGroupNamePrefix("/aws/lambda/" + FUNCTION))
        .logGroups()
        .forEach(group -> names.add("log group " + group.logGroupName()));
    emulator
        .clients()
        .iam()
        .listRoles()
        .roles()
        .forEach(
            role -> {
              if (role.roleName().startsWith("millrace")) {
                names.add("role " + role.roleName());
              }
            });
    emulator
        .clients()
        .cloudWatch()
        .describeAlarms()
        .metricAlarms()
        .forEach(alarm -> names.add("alarm " + alarm.alarmName()));
    return names;
  }

  GetAliasResponse alias() {
    return emulator.clients().lambda().getAlias(r -> r.functionName(FUNCTION).name("live"));
  }

  /** The platform's number of a version. */
  String published(int version) {
    Endpoint endpoint = new Endpoints(store).find(NAME).orElseThrow();
    String digest =
        endpoint.versions().stream()
            .filter(v -> v.version() == version)
            .findFirst()
            .orElseThrow()
            .digest();
    return emulator
        .clients()
        .lambda()
        .listVersionsByFunction(r -> r.functionName(FUNCTION))
        .versions()
        .stream()
        .filter(v -> !v.version().equals("$LATEST") && v.description().contains(digest))
        .findFirst()
        .orElseThrow()
        .version();
  }
}
