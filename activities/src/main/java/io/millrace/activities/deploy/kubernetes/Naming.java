package io.millrace.activities.deploy.kubernetes;

import io.millrace.activities.dataset.Sha256;
import io.millrace.inference.server.DesiredState;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/**
 * Names and labels of what an endpoint is made of. Names are DNS labels of at most 63 characters,
 * as Services want them ("Object Names and IDs", Kubernetes documentation).
 */
final class Naming {
  static final String ENDPOINT = "io.millrace/endpoint";
  static final String VERSION = "io.millrace/version";
  static final String DIGEST = "io.millrace/digest";

  /** Annotation: the endpoint's name as it was given, which a label may not hold. */
  static final String FULL_NAME = "io.millrace/name";

  private static final int LONGEST = 40;

  private Naming() {}

  /** Name of the endpoint's own Service and route, and the value of its label. */
  static String endpoint(String name) {
    String label = name.replaceAll("[._]", "-").replaceAll("-+$", "");
    if (!Character.isLetter(label.charAt(0))) {
      label = "m-" + label;
    }
    if (label.equals(name) && label.length() <= LONGEST) {
      return label;
    }
    byte[] sum = Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8));
    String hash = HexFormat.of().formatHex(sum, 0, 3);
    return label.substring(0, Math.min(label.length(), LONGEST - 7)) + "-" + hash;
  }

  /** Name of a version's Deployment, Service, autoscaler and disruption budget. */
  static String version(String endpoint, DesiredState.Version version) {
    return endpoint(endpoint) + "-v" + version.version() + "-" + version.digest().substring(0, 8);
  }

  /** Of everything of the endpoint. */
  static Map<String, String> labels(String endpoint) {
    return Map.of(
        ENDPOINT,
        endpoint(endpoint),
        "app.kubernetes.io/name",
        "millrace-server",
        "app.kubernetes.io/managed-by",
        "millrace");
  }

  /** Of everything of a version. */
  static Map<String, String> labels(String endpoint, DesiredState.Version version) {
    return Map.of(
        ENDPOINT,
        endpoint(endpoint),
        VERSION,
        Integer.toString(version.version()),
        DIGEST,
        // a label holds 63 characters, a digest has 64; the whole one is in an annotation
        version.digest().substring(0, 16),
        "app.kubernetes.io/name",
        "millrace-server",
        "app.kubernetes.io/version",
        Integer.toString(version.version()),
        "app.kubernetes.io/managed-by",
        "millrace");
  }

  /** What pods of a version are found by, for good: a Deployment's selector cannot be changed. */
  static Map<String, String> selector(String endpoint, DesiredState.Version version) {
    return Map.of(
        ENDPOINT,
        endpoint(endpoint),
        VERSION,
        Integer.toString(version.version()),
        DIGEST,
        version.digest().substring(0, 16));
  }
}
