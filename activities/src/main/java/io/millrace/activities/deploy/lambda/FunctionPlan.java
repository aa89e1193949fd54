package io.millrace.activities.deploy.lambda;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a version of a function is to be.
 *
 * @param endpoint whose function
 * @param version of the model
 * @param settings of the spec
 * @param role ARN it runs as
 * @param code what it runs
 * @param environment of it
 * @param snapStart whether it starts from a snapshot
 */
record FunctionPlan(
    String endpoint,
    DesiredState.Version version,
    TargetSpec.Lambda settings,
    String role,
    FunctionCode code,
    Map<String, String> environment,
    boolean snapStart) {
  static final String HANDLER = "io.millrace.inference.lambda.InferenceHandler::handleRequest";

  /** Beside the runtime's own: the engine's library is native. */
  private static final String JAVA_OPTIONS = "--enable-native-access=ALL-UNNAMED";

  /** Which store's endpoint it is, too. */
  static final String LOG_URI = "MILLRACE_LOG_URI";

  FunctionPlan {
    environment = Map.copyOf(environment);
  }

  String function() {
    return LambdaNames.function(endpoint);
  }

  String description() {
    return LambdaNames.description(endpoint, version, snapStart);
  }

  int megabytes() {
    return megabytes(settings);
  }

  static int megabytes(TargetSpec.Lambda settings) {
    return Integer.parseInt(settings.memory().replaceAll("\\D", ""));
  }

  /** Whole seconds: Lambda has no others. */
  int timeoutSeconds() {
    return timeoutSeconds(settings);
  }

  static int timeoutSeconds(TargetSpec.Lambda settings) {
    return (int) Math.max(1, settings.timeout().plusMillis(999).toSeconds());
  }

  FunctionPlan with(boolean snapshot) {
    return new FunctionPlan(endpoint, version, settings, role, code, environment, snapshot);
  }

  /**
   * The environment of a version.
   *
   * @param keys SHA-256 in hexadecimal of the API keys; null: the platform asks who calls
   * @param image whether it brings its own start, with the JVM's options
   */
  static Map<String, String> environment(
      String endpoint,
      DesiredState.Version version,
      String logUri,
      @Nullable String keys,
      boolean image) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("MILLRACE_ENDPOINT", endpoint);
    environment.put("MILLRACE_VERSION", Integer.toString(version.version()));
    environment.put(LOG_URI, logUri);
    if (!image) {
      environment.put("JAVA_TOOL_OPTIONS", JAVA_OPTIONS);
    }
    if (keys != null) {
      environment.put("MILLRACE_KEYS_SHA256", keys);
    }
    return environment;
  }
}
