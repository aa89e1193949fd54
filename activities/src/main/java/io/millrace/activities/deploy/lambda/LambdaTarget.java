package io.millrace.activities.deploy.lambda;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints as AWS Lambda functions: one function per endpoint, a published version per version of
 * the model, and the alias {@code live} with the weights, behind a function URL. Thread-safe; AWS
 * is asked for nothing before an endpoint is.
 */
public final class LambdaTarget implements Target {
  /** The activity has 60 s; what is not done by then the next try goes on with. */
  private static final Duration APPLY = Duration.ofSeconds(50);

  private static final int ALIAS_VERSIONS = 2;

  private final ObjectStore store;
  private final Path scratch;
  private final SecretResolver secrets;
  private final LambdaSettings settings;
  private final VersionImages images;
  private final Supplier<LambdaClients> open;
  private @Nullable Parts parts;

  /** What works on an open client. */
  private record Parts(
      FunctionVersions versions,
      FunctionPublisher publisher,
      FunctionFront front,
      FunctionTraffic traffic,
      FunctionProbe probe) {}

  /**
   * @param scratch for packages and the function's own files
   * @param secrets resolves the references to API keys
   * @param images of versions, for {@code form: image}
   * @param open asked once, at the first endpoint
   */
  public LambdaTarget(
      ObjectStore store,
      Path scratch,
      SecretResolver secrets,
      LambdaSettings settings,
      VersionImages images,
      Supplier<LambdaClients> open) {
    this.store = store;
    this.scratch = scratch;
    this.secrets = secrets;
    this.settings = settings;
    this.images = images;
    this.open = open;
  }

  private synchronized Parts parts() {
    if (parts == null) {
      LambdaClients clients = open.get();
      FunctionVersions versions = new FunctionVersions(clients.lambda());
      parts =
          new Parts(
              versions,
              new FunctionPublisher(store, scratch, secrets, settings, images, clients, versions),
              new FunctionFront(clients.lambda()),
              new FunctionTraffic(store, clients.cloudWatch()),
              new FunctionProbe(clients.lambda()));
    }
    return parts;
  }

  @Override
  public String kind() {
    return "lambda";
  }

  @Override
  public Set<Ability> abilities(TargetSpec spec) {
    return EnumSet.of(Ability.WEIGHTS);
  }

  /** A function's address is known once it is there; its log must go where a function can write. */
  @Override
  public Place place(String endpoint, TargetSpec spec) {
    if (!store.uri().startsWith("s3://")) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "store.uri: "
              + store.uri()
              + " (expected: s3://bucket/prefix, for functions cannot write their log anywhere"
              + " else)");
    }
    if (lambda(spec).form().equals("image")) {
      parts().publisher().registry(lambda(spec));
    }
    if (lambda(spec).auth().equals("key")) {
      parts().publisher().keys();
    }
    return new Place(0, null);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    Deadline deadline = new Deadline(endpoint.name(), APPLY);
    String function = LambdaNames.function(endpoint.name());
    TargetSpec.Lambda spec = lambda(endpoint.spec());
    Map<Integer, FunctionVersions.Published> there = parts().publisher().published(endpoint, spec);
    Set<Integer> wanted = new TreeSet<>(needed);
    endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .map(DesiredState.Version::version)
        .forEach(wanted::add);
    boolean changed = false;
    for (DesiredState.Version version : endpoint.versions()) {
      FunctionVersions.Published now = there.get(version.version());
      if (wanted.contains(version.version()) && (now == null || !now.active())) {
        there.put(
            version.version(), parts().publisher().publish(endpoint, version, spec, deadline));
        changed = true;
      }
    }
    if (changed) {
      parts().publisher().watch().ensureAlarms(endpoint.name(), spec);
      parts().front().reserve(function, spec.reserved());
    }
    if (!there.isEmpty()) {
      for (int version : needed) {
        parts().probe().check(endpoint, version, there.get(version), deadline);
      }
      provision(endpoint, spec, there, wanted, deadline);
      route(endpoint, there, deadline);
      drop(endpoint, there);
    }
    String url = parts().front().ensureUrl(function, spec);
    return new Live(url, ready(there));
  }

  private static List<Integer> ready(Map<Integer, FunctionVersions.Published> there) {
    return there.entrySet().stream()
        .filter(entry -> entry.getValue().active())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private void provision(
      Endpoint endpoint,
      TargetSpec.Lambda spec,
      Map<Integer, FunctionVersions.Published> there,
      Set<Integer> wanted,
      Deadline deadline) {
    List<String> numbers = new ArrayList<>();
    wanted.forEach(version -> numbers.add(number(there, version)));
    int each = spec.provisioned();
    if (spec.reserved() != null && !numbers.isEmpty()) {
      // AWS refuses more than what is reserved, of all versions together
      each = Math.min(each, spec.reserved() / numbers.size());
    }
    parts().front().provision(LambdaNames.function(endpoint.name()), numbers, each, deadline);
  }

  /** The platform's number of a version that is there: wanted ones were published before. */
  private static String number(Map<Integer, FunctionVersions.Published> there, int version) {
    return Objects.requireNonNull(there.get(version), () -> "version " + version).number();
  }

  /** A new endpoint's alias points to its first version until weights are said. */
  private void route(
      Endpoint endpoint, Map<Integer, FunctionVersions.Published> there, Deadline deadline) {
    String function = LambdaNames.function(endpoint.name());
    Map<String, Double> weights = new TreeMap<>();
    endpoint
        .weights()
        .forEach(
            (version, weight) -> {
              if (weight > 0) {
                weights.put(number(there, version), weight);
              }
            });
    if (weights.size() > ALIAS_VERSIONS) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "weights: "
              + endpoint.weights()
              + " (expected: at most two versions: an alias routes between two)");
    }
    if (!weights.isEmpty()) {
      parts().front().route(function, FunctionFront.Routing.of(weights), deadline);
    } else if (parts().front().routing(function).isEmpty()) {
      String first = there.values().iterator().next().number();
      parts().front().route(function, new FunctionFront.Routing(first, Map.of()), deadline);
    }
  }

  /** Published versions that nobody wants any more and the alias does not name. */
  private void drop(Endpoint endpoint, Map<Integer, FunctionVersions.Published> there) {
    String function = LambdaNames.function(endpoint.name());
    Set<String> kept = new TreeSet<>();
    there.values().forEach(version -> kept.add(version.number()));
    parts().front().routing(function).ifPresent(routing -> kept.addAll(routing.numbers()));
    for (FunctionVersions.Published version : parts().versions().published(function)) {
      boolean spoken =
          endpoint.versions().stream().anyMatch(wanted -> version.described().is(wanted));
      if (!kept.contains(version.number()) && !spoken) {
        parts().versions().delete(function, version.number());
      }
    }
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    return parts()
        .front()
        .url(LambdaNames.function(endpoint.name()))
        .map(
            url ->
                new Live(
                    url.endsWith("/") ? url.substring(0, url.length() - 1) : url,
                    ready(parts().publisher().published(endpoint, lambda(endpoint.spec())))));
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    Map<Integer, FunctionVersions.Published> there =
        parts().publisher().published(endpoint, lambda(endpoint.spec()));
    return endpoint.versions().stream()
        .map(
            version -> {
              FunctionVersions.Published published = there.get(version.version());
              return parts()
                  .traffic()
                  .seen(endpoint, version, published == null ? null : published.number(), since);
            })
        .toList();
  }

  /** Not what another store's endpoint of this name has. */
  @Override
  public void remove(Endpoint endpoint) {
    String function = LambdaNames.function(endpoint.name());
    if (!parts().versions().remove(function, store.uri())) {
      return;
    }
    parts().publisher().watch().remove(endpoint.name());
    if (lambda(endpoint.spec()).role() == null) {
      parts().publisher().role().remove(endpoint.name());
    }
  }

  private static TargetSpec.Lambda lambda(TargetSpec spec) {
    TargetSpec.Lambda lambda = spec.lambda();
    if (lambda == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, "deployment.target: " + spec.kind() + " (expected: lambda)");
    }
    return lambda;
  }
}
