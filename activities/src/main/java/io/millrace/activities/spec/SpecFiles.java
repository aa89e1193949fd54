package io.millrace.activities.spec;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Clients;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/** Reads specs from anywhere, keeps the completed one in the store. */
public final class SpecFiles implements SpecActivities {
  private final ObjectStore store;
  private final SpecLocations locations;

  /** With a client of its own for {@code s3://} locations, by the SDK's default chain. */
  public SpecFiles(ObjectStore store) {
    this(store, S3Clients::open);
  }

  /**
   * @param s3 used for {@code s3://} locations only; closed by its owner
   */
  public SpecFiles(ObjectStore store, Supplier<S3Client> s3) {
    this.store = store;
    this.locations = new SpecLocations(s3);
  }

  /** Key of a run's completed spec. */
  public static String key(String runId) {
    return "runs/" + runId + "/spec.yaml";
  }

  @Override
  public ResolvedSpec resolve(SpecRequest request) {
    Map<String, Object> fields = request.spec();
    String location = request.location();
    if ((fields == null) == (location == null)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "location: " + location + " (expected: exactly one of location and spec)");
    }
    Spec spec;
    try {
      spec =
          fields != null
              ? SpecParser.parse(fields)
              : SpecParser.parse(locations.read(String.valueOf(location)));
    } catch (SpecProblems problems) {
      throw Failures.of(FailureType.CONFIG_INVALID, String.valueOf(problems.getMessage()));
    }
    spec = located(spec, location);
    RunRef run = request.run();
    if (run != null) {
      store.put(key(run.runId()), SpecParser.yaml(spec));
    }
    return new ResolvedSpec(spec, PayloadJson.digest(spec));
  }

  /** Checks know the kept spec and not where it lay: what they look for is made absolute. */
  private static Spec located(Spec spec, @Nullable String location) {
    WatchSpec.LabelsSpec labels = spec.watch().labels();
    String from = labels == null ? null : labels.from();
    if (labels == null
        || from == null
        || location == null
        || from.matches("(/|[A-Za-z0-9+.-]+:).*")) {
      return spec;
    }
    boolean remote = location.matches("(?i)(s3|https?)://.*");
    String folder =
        remote
            ? location.substring(0, location.lastIndexOf('/') + 1)
            : location.startsWith("file:") ? location.substring("file:".length()) : location;
    String absolute =
        remote
            ? folder + from
            : String.valueOf(Path.of(folder).toAbsolutePath().resolveSibling(from).normalize());
    return spec.with(spec.watch().with(labels.at(absolute)));
  }

  @Override
  public ResolvedSpec kept(KeptSpec request) {
    byte[] yaml =
        store
            .get(key(request.run()))
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND,
                        "spec: " + key(request.run()) + " (expected: kept by its run)"));
    try {
      Spec spec = SpecParser.parse(yaml);
      return new ResolvedSpec(spec, PayloadJson.digest(spec));
    } catch (SpecProblems problems) {
      throw Failures.of(FailureType.CONFIG_INVALID, String.valueOf(problems.getMessage()));
    }
  }

  /**
   * The bytes of a spec at a location, for checking with lines.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when it is not there,
   *     {@code SOURCE_UNAVAILABLE} when its host does not answer
   */
  public static byte[] read(String location) {
    return new SpecLocations(S3Clients::open).read(location);
  }
}
