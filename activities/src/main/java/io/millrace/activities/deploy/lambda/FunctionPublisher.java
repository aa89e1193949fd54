package io.millrace.activities.deploy.lambda;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Makes published versions of a function out of versions of a model. */
final class FunctionPublisher {
  /** A request to Lambda takes 50 MB. */
  private static final int INLINE = 45 << 20;

  private final ObjectStore store;
  private final Packages packages;
  private final AppFiles app;
  private final VersionImages images;
  private final SecretResolver secrets;
  private final LambdaSettings settings;
  private final FunctionVersions versions;
  private final SnapStartChoice choice;
  private final FunctionRole role;
  private final FunctionWatch watch;

  FunctionPublisher(
      ObjectStore store,
      Path scratch,
      SecretResolver secrets,
      LambdaSettings settings,
      VersionImages images,
      LambdaClients clients,
      FunctionVersions versions) {
    this.store = store;
    this.packages = new Packages(store, scratch);
    this.app = AppFiles.ofThisProcess(scratch);
    this.images = images;
    this.secrets = secrets;
    this.settings = settings;
    this.versions = versions;
    this.choice = new SnapStartChoice(clients.lambda(), versions);
    this.role = new FunctionRole(clients.iam(), settings.permissionsBoundary());
    this.watch = new FunctionWatch(clients.logs(), clients.cloudWatch(), settings);
  }

  FunctionRole role() {
    return role;
  }

  FunctionWatch watch() {
    return watch;
  }

  /** Published versions of the endpoint's, by the model's number. */
  Map<Integer, FunctionVersions.Published> published(Endpoint endpoint, TargetSpec.Lambda spec) {
    String function = LambdaNames.function(endpoint.name());
    List<FunctionVersions.Published> all = versions.published(function);
    Map<Integer, Boolean> decided =
        measured(spec) && !all.isEmpty() ? choice.decided(function) : Map.of();
    Map<Integer, FunctionVersions.Published> own = new HashMap<>();
    for (DesiredState.Version version : endpoint.versions()) {
      for (FunctionVersions.Published published : all) {
        if (published.described().is(version)
            && published.failed().isEmpty()
            && chosen(spec, version, published, decided)) {
          own.put(version.version(), published);
        }
      }
    }
    return new TreeMap<>(own);
  }

  /** One that is still measured is not there yet, but for one that has traffic already. */
  private static boolean chosen(
      TargetSpec.Lambda spec,
      DesiredState.Version version,
      FunctionVersions.Published published,
      Map<Integer, Boolean> decided) {
    Boolean snapshot = decided.get(version.version());
    return snapshot != null
        ? snapshot == published.described().snapStart()
        : !measured(spec) || version.weight() > 0;
  }

  /** A snapshot needs an archive, and instances that are kept warm need none. */
  private static boolean measured(TargetSpec.Lambda spec) {
    return spec.snapStart().equals("measured")
        && spec.form().equals("zip")
        && spec.provisioned() == 0;
  }

  FunctionVersions.Published publish(
      Endpoint endpoint, DesiredState.Version version, TargetSpec.Lambda spec, Deadline deadline) {
    String model = LambdaNames.model(endpoint.name(), version);
    FunctionCode code = code(endpoint, version, spec);
    String arn =
        spec.role() != null ? spec.role() : role.ensure(endpoint.name(), model, store.uri());
    watch.ensureLogGroup(endpoint.name());
    FunctionPlan plan =
        new FunctionPlan(
            endpoint.name(),
            version,
            spec,
            arn,
            code,
            FunctionPlan.environment(
                endpoint.name(),
                version,
                store.uri(),
                spec.auth().equals("key") ? keys() : null,
                spec.form().equals("image")),
            spec.snapStart().equals("on"));
    return measured(spec) ? choice.choose(plan, deadline) : versions.ensure(plan, deadline);
  }

  private FunctionCode code(
      Endpoint endpoint, DesiredState.Version version, TargetSpec.Lambda spec) {
    if (spec.form().equals("image")) {
      return new FunctionCode.Image(image(endpoint, version, registry(spec)));
    }
    FunctionZip zip = FunctionZip.of(app, fetched(endpoint, version));
    if (zip.content().length <= INLINE) {
      return new FunctionCode.Inline(zip);
    }
    String key = "functions/" + HexFormat.of().formatHex(zip.sha256()) + ".zip";
    store.create(key, zip.content());
    String location = store.location(key).substring("s3://".length());
    int slash = location.indexOf('/');
    return new FunctionCode.Stored(
        location.substring(0, slash), location.substring(slash + 1), zip.codeSha256());
  }

  private Path fetched(Endpoint endpoint, DesiredState.Version version) {
    return opened(endpoint, version, () -> packages.fetch(version.prefix(), version.digest()));
  }

  private String image(Endpoint endpoint, DesiredState.Version version, String registry) {
    return opened(endpoint, version, () -> images.of(endpoint, version, registry));
  }

  /** A package that cannot be had is the version's fault; what only the settings mend is not. */
  private static <T> T opened(
      Endpoint endpoint, DesiredState.Version version, Supplier<T> something) {
    try {
      return something.get();
    } catch (ApplicationFailure e) {
      if (Failures.typeOf(e).filter(FailureType.CONFIG_INVALID::equals).isPresent()) {
        throw e;
      }
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          e,
          "endpoint "
              + endpoint.name()
              + ": version "
              + version.version()
              + " (expected: to be ready): "
              + e.getOriginalMessage());
    }
  }

  /** Where images are pushed to: Lambda runs none that is not in a registry of the account. */
  String registry(TargetSpec.Lambda spec) {
    String registry = spec.registry() != null ? spec.registry() : settings.registry();
    if (registry == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target.lambda.registry: nothing (expected: a repository of ECR such as"
              + " 123456789012.dkr.ecr.eu-west-1.amazonaws.com/millrace, for form is image; or the"
              + " setting lambda.registry)");
    }
    return registry;
  }

  /** SHA-256 of the API keys; the keys themselves go nowhere. */
  String keys() {
    if (settings.keys().isEmpty()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "lambda.keys: nothing (expected: references to API keys such as secret:env:NAME, for"
              + " deployment.target.lambda.auth is key)");
    }
    return settings.keys().stream()
        .map(
            reference ->
                PayloadJson.sha256(new String(secrets.resolve(reference), StandardCharsets.UTF_8)))
        .collect(Collectors.joining(","));
  }
}
