package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * What the watch needs to know of a model's champion, read from the store's layout.
 *
 * @param spec of the run that made the version
 */
record WatchedVersion(ModelRef ref, Spec spec, ModelManifest manifest) {
  private static final ObjectMapper YAML = new YAMLMapper();

  /** The champion; empty when the model has none. */
  static Optional<WatchedVersion> champion(ObjectStore store, String model) {
    return championRef(store, model).map(ref -> of(store, ref));
  }

  /** Which version is the champion; empty when the model has none. */
  static Optional<ModelRef> championRef(ObjectStore store, String model) {
    String aliases = "models/" + Checks.name("model", model) + "/aliases/champion/";
    Optional<Sequences.Entry> head = new Sequences(store).head(aliases);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    try {
      AliasEntry alias = PayloadJson.mapper().readValue(head.get().content(), AliasEntry.class);
      return Optional.of(alias.version());
    } catch (IOException e) {
      throw unreadable(aliases, e);
    }
  }

  /** The champion of a moment; empty when the model had none yet. */
  static Optional<WatchedVersion> championAt(ObjectStore store, String model, Instant at) {
    String aliases = "models/" + Checks.name("model", model) + "/aliases/champion/";
    ModelRef then = null;
    try {
      for (Sequences.Entry entry : new Sequences(store).all(aliases)) {
        AliasEntry alias = PayloadJson.mapper().readValue(entry.content(), AliasEntry.class);
        then = alias.at().isAfter(at) ? then : alias.version();
      }
    } catch (IOException e) {
      throw unreadable(aliases, e);
    }
    return then == null ? Optional.empty() : Optional.of(of(store, then));
  }

  private static WatchedVersion of(ObjectStore store, ModelRef ref) {
    String versionKey = ref.prefix() + "version.json";
    String specKey = versionKey;
    try {
      JsonNode run = PayloadJson.mapper().readTree(bytes(store, versionKey)).path("run");
      String runId = run.isTextual() ? run.asText() : run.path("runId").asText();
      specKey = "runs/" + Checks.name("run", runId) + "/spec.yaml";
      Spec spec =
          PayloadJson.mapper().treeToValue(YAML.readTree(bytes(store, specKey)), Spec.class);
      return new WatchedVersion(
          ref, spec, ManifestJson.read(bytes(store, ref.prefix() + "model.json")));
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(specKey, e);
    }
  }

  /** The Profile that the version's traffic is compared with. */
  Profile reference(ObjectStore store) {
    return reference(
        ref.prefix() + "reference.json", bytes(store, ref.prefix() + "reference.json"));
  }

  /** The same of another version of the model. */
  Profile reference(ObjectStore store, int other) {
    String key = "models/" + ref.name() + "/versions/" + other + "/reference.json";
    byte[] content =
        store
            .get(key)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND,
                        "watch.reference: version %d (expected: a version of %s)"
                            .formatted(other, ref.name())));
    return reference(key, content);
  }

  private static Profile reference(String key, byte[] content) {
    try {
      return Profile.fromJson(content);
    } catch (IllegalArgumentException e) {
      throw unreadable(key, e);
    }
  }

  static byte[] bytes(ObjectStore store, String key) {
    return store
        .get(key)
        .orElseThrow(
            () ->
                Failures.of(FailureType.NOT_FOUND, "object: " + key + " (expected: to be there)"));
  }

  static RuntimeException unreadable(String key, Exception cause) {
    return Failures.of(
        FailureType.PAYLOAD_UNREADABLE,
        cause,
        "object: " + key + " (expected: as this release writes it): " + cause.getMessage());
  }
}
