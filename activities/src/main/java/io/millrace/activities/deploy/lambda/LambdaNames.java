package io.millrace.activities.deploy.lambda;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.wire.PayloadJson;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of what an endpoint has on AWS; they follow from the endpoint's name alone. */
final class LambdaNames {
  /** The alias that users call. */
  static final String LIVE = "live";

  /** Tag of everything made here. */
  static final String TAG = "millrace:endpoint";

  private static final Pattern DESCRIPTION =
      Pattern.compile("millrace \\S+@(\\d{1,9}) ([0-9a-f]{64})( snap-start)?");

  private LambdaNames() {}

  /** At most 64 of {@code [A-Za-z0-9-_]}; a name that had to be changed keeps its digest. */
  static String function(String endpoint) {
    String plain = endpoint.replace('.', '-');
    String name = "millrace-" + plain;
    return plain.equals(endpoint) && name.length() <= 64
        ? name
        : name.substring(0, Math.min(name.length(), 54))
            + "-"
            + PayloadJson.sha256(endpoint).substring(0, 8);
  }

  /** The role made for the function when the spec names none. */
  static String role(String endpoint) {
    return function(endpoint);
  }

  static String logGroup(String endpoint) {
    return "/aws/lambda/" + function(endpoint);
  }

  static String errorsAlarm(String endpoint) {
    return function(endpoint) + "-errors";
  }

  static String latencyAlarm(String endpoint) {
    return function(endpoint) + "-p99";
  }

  /** The model, out of {@code models/<model>/versions/<n>/}. */
  static String model(String endpoint, DesiredState.Version version) {
    String[] parts = version.prefix().split("/");
    return parts.length > 1 && parts[0].equals("models") ? parts[1] : endpoint;
  }

  /** What a published version says it is. */
  static String description(String endpoint, DesiredState.Version version, boolean snapStart) {
    String model = model(endpoint, version);
    // 256 characters is all there is
    String named = model.length() > 80 ? model.substring(0, 80) : model;
    return "millrace "
        + named
        + "@"
        + version.version()
        + " "
        + version.digest()
        + (snapStart ? " snap-start" : "");
  }

  /** What a description says; empty for one that is not ours. */
  static Optional<Described> described(String description) {
    Matcher matcher = DESCRIPTION.matcher(description);
    return matcher.matches()
        ? Optional.of(
            new Described(
                Integer.parseInt(matcher.group(1)), matcher.group(2), matcher.group(3) != null))
        : Optional.empty();
  }

  /**
   * @param version of the model
   * @param digest of its package
   */
  record Described(int version, String digest, boolean snapStart) {
    boolean is(DesiredState.Version wanted) {
      return version == wanted.version() && digest.equals(wanted.digest());
    }
  }
}
