package io.millrace.activities.deploy.ecs;

import io.millrace.activities.dataset.Sha256;
import io.millrace.inference.server.DesiredState;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names and tags of what an endpoint is made of. Names of load balancers and target groups have 32
 * characters at most, so they begin with a hash of the endpoint's name; services have the same.
 */
final class Naming {
  static final String ENDPOINT = "millrace:endpoint";
  static final String VERSION = "millrace:version";
  static final String DIGEST = "millrace:digest";

  /** On a task definition: what it was made of. */
  static final String CONTENT = "millrace:content";

  /** On a service: the range its autoscaling was given. */
  static final String SCALING = "millrace:scaling";

  private Naming() {}

  /** Name of the load balancer, and what names of versions begin with. */
  static String endpoint(String name) {
    byte[] sum = Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8));
    return "mr-" + HexFormat.of().formatHex(sum, 0, 4);
  }

  /** Name of a version's service, family of task definitions, and target group. */
  static String version(String endpoint, DesiredState.Version version) {
    return endpoint(endpoint) + "-v" + version.version() + "-" + version.digest().substring(0, 8);
  }

  /** Whether this is a version of the endpoint, kept or not. */
  static boolean ofEndpoint(String endpoint, String name) {
    return matcher(endpoint, name).matches();
  }

  private static Matcher matcher(String endpoint, String name) {
    return Pattern.compile(Pattern.quote(endpoint(endpoint)) + "-v\\d+-[0-9a-f]{8}").matcher(name);
  }

  static Map<String, String> tags(String endpoint) {
    return new TreeMap<>(Map.of(ENDPOINT, endpoint));
  }

  static Map<String, String> tags(String endpoint, DesiredState.Version version) {
    Map<String, String> tags = tags(endpoint);
    tags.put(VERSION, Integer.toString(version.version()));
    tags.put(DIGEST, version.digest());
    return tags;
  }

  /** An idempotency token of a change: 32 of the 36 characters there may be. */
  static String token(String... parts) {
    byte[] sum = Sha256.digest().digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sum, 0, 16);
  }
}
