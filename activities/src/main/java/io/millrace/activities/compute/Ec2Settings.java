package io.millrace.activities.compute;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What nodes on EC2 need to know of an account; nothing of it is in a spec.
 *
 * @param image machine image that has a JDK 25, and for GPUs the engine's natives; null when every
 *     spec names one
 * @param instanceProfile name or ARN of the profile that may read and write the store; null for
 *     none, as in an emulator
 * @param subnets where nodes may stand; empty for the default ones of the default VPC
 * @param securityGroups empty for the VPC's default one; nodes need no way in, only out
 * @param volumeGigabytes of the root volume at {@code rootDevice}; null for the image's own
 * @param rootDevice such as {@code /dev/xvda}
 * @param onDemandPrices US dollars an hour by instance type; a type that is missing has no price
 * @param heap of a node's JVM as {@code -Xmx} writes it; empty for a share of the machine's memory
 * @param environment exported before the trainer starts; no secrets
 * @param setup lines of POSIX shell that run before the trainer, such as fetching a Temporal API
 *     key from a secret store; empty for none
 * @param poll between two looks at the instances
 */
public record Ec2Settings(
    @Nullable String image,
    @Nullable String instanceProfile,
    List<String> subnets,
    List<String> securityGroups,
    @Nullable Integer volumeGigabytes,
    String rootDevice,
    Map<String, Double> onDemandPrices,
    String heap,
    Map<String, String> environment,
    String setup,
    Duration poll) {
  public Ec2Settings {
    subnets = List.copyOf(subnets);
    securityGroups = List.copyOf(securityGroups);
    onDemandPrices = Map.copyOf(onDemandPrices);
    environment = Map.copyOf(environment);
    onDemandPrices.forEach(
        (type, price) -> {
          if (!(price > 0) || price.isInfinite()) {
            throw new IllegalArgumentException(
                "ec2.on-demand-prices: " + type + "=" + price + " (expected: > 0)");
          }
        });
    for (String name : environment.keySet()) {
      if (!name.matches("[A-Z_][A-Z0-9_]*")) {
        throw new IllegalArgumentException(
            "ec2.environment: " + name + " (expected: capital letters, digits, _)");
      }
      if (name.matches(".*(SECRET|PASSWORD|API_KEY|SESSION_TOKEN).*")) {
        throw new IllegalArgumentException(
            "ec2.environment: "
                + name
                + " (expected: no secret, as user data is readable; fetch it in ec2.setup)");
      }
    }
  }

  /** Settings of an emulator: an image, an environment and a pace, the rest empty. */
  public static Ec2Settings emulated(
      String image, String heap, Map<String, String> environment, Duration poll) {
    return new Ec2Settings(
        image,
        null,
        List.of(),
        List.of(),
        null,
        "/dev/xvda",
        Map.of(),
        heap,
        environment,
        "",
        poll);
  }
}
