package io.millrace.activities.trials;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Where the records of trials lie, and how they are written. */
final class TrialKeys {
  static final String REQUEST = "request.json";
  static final String ORIGIN = "-origin.json";
  static final String END = "-end.json";

  private TrialKeys() {}

  /** {@code runs/<runId>/trials/}. */
  static String run(String runId) {
    return "runs/" + Checks.name("runId", runId) + "/trials/";
  }

  /** {@code runs/<runId>/trials/<n>/<digest>/}. */
  static String trial(String runId, int trial, String digest) {
    return run(runId) + trial + "/" + Checks.digest("digest", digest) + "/";
  }

  static String attempt(long seq, String what) {
    return "%010d%s".formatted(seq, what);
  }

  static byte[] bytes(Object value) {
    try {
      return PayloadJson.mapper()
          .writerWithDefaultPrettyPrinter()
          .writeValueAsString(value)
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of trials are JSON", e);
    }
  }

  static <T> T parse(String key, byte[] bytes, Class<T> type) {
    try {
      T value = PayloadJson.mapper().readValue(bytes, type);
      if (value != null) {
        return value;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw corrupt(key, type, e);
    }
    throw corrupt(key, type, null);
  }

  private static RuntimeException corrupt(String key, Class<?> type, @Nullable Exception cause) {
    String message = "trial: " + key + " (expected: JSON, " + type.getSimpleName() + ")";
    return cause == null
        ? Failures.of(FailureType.STORE_CORRUPT, message)
        : Failures.of(FailureType.STORE_CORRUPT, cause, message);
  }
}
