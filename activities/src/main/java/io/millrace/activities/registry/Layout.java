package io.millrace.activities.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.Optional;

/** Keys of the registry and the JSON behind them. */
final class Layout {
  static final String MODELS = "models/";
  static final String VERSION = "version.json";
  static final String PROVENANCE = "provenance.json";
  static final String REFERENCE = "reference.json";
  static final String CARD = "card.html";

  /** Marks of people who were erased, below a version. */
  static final String ERASED = "erased/";

  private static final ObjectMapper JSON = PayloadJson.mapper();

  private Layout() {}

  static String model(String name) {
    return MODELS + Checks.name("model", name) + "/";
  }

  static String versions(String name) {
    return model(name) + "versions/";
  }

  static String version(String name, long number) {
    return versions(name) + Checks.positive("version", number) + "/";
  }

  /** A sequence whose numbers are the versions: who took which. */
  static String claims(String name) {
    return model(name) + "claims/";
  }

  static String aliases(String name) {
    return model(name) + "aliases/";
  }

  static String alias(String name, String alias) {
    return aliases(name) + Checks.name("alias", alias) + "/";
  }

  static String datasetLineage(String digest) {
    return "lineage/datasets/" + digest;
  }

  static String runLineage(String run) {
    return "lineage/runs/" + Checks.name("run", run) + "/";
  }

  static String link(ModelRef version) {
    return version + ".json";
  }

  static byte[] bytes(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("registry records are JSON", e);
    }
  }

  static <T> Optional<T> read(ObjectStore store, String key, Class<T> type) {
    return store.get(key).map(bytes -> parse(key, bytes, type));
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code STORE_CORRUPT}
   */
  static <T> T parse(String key, byte[] bytes, Class<T> type) {
    Exception cause = null;
    try {
      T value = JSON.readValue(bytes, type);
      if (value != null) {
        return value;
      }
    } catch (IOException | IllegalArgumentException e) {
      cause = e;
    }
    throw Failures.of(
        FailureType.STORE_CORRUPT,
        cause,
        "registry: " + key + " (expected: JSON of " + type.getSimpleName() + ")");
  }
}
