package io.millrace.activities.secret;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Secrets of a laptop or a container: {@code secret:env:NAME} from the environment it was given
 * (read once by the process's settings), {@code secret:file:/path} from a mounted file, without a
 * trailing line break.
 */
public final class Secrets implements SecretResolver {
  private static final String ENV = "secret:env:";
  private static final String FILE = "secret:file:";
  private final Map<String, String> environment;

  public Secrets(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public byte[] resolve(String reference) {
    if (reference.startsWith(ENV)) {
      String value = environment.get(reference.substring(ENV.length()));
      if (value == null || value.isEmpty()) {
        throw invalid(reference, "a variable of the worker's environment that is set", null);
      }
      return value.getBytes(StandardCharsets.UTF_8);
    }
    if (reference.startsWith(FILE)) {
      try {
        String value =
            Files.readString(Path.of(reference.substring(FILE.length()))).stripTrailing();
        if (!value.isEmpty()) {
          return value.getBytes(StandardCharsets.UTF_8);
        }
      } catch (IOException | InvalidPathException e) {
        throw invalid(reference, "a file the worker can read", e);
      }
      throw invalid(reference, "a file with something in it", null);
    }
    throw invalid(reference, "secret:env:NAME or secret:file:/path", null);
  }

  private static RuntimeException invalid(
      String reference, String expected, @Nullable Exception cause) {
    // a reference that is not one of ours may be the secret itself, written by mistake
    String shown =
        reference.startsWith("secret:") ? reference : "(" + reference.length() + " characters)";
    return Failures.of(
        FailureType.CONFIG_INVALID, cause, "secret: " + shown + " (expected: " + expected + ")");
  }
}
