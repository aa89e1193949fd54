package io.millrace.infra.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where nodes may run besides this machine. The settings are described in {@code
 * infra/docs/aws.md}.
 *
 * @param ec2 null when {@code ec2.image} is not set: this worker then has no such kind
 * @param docker null when {@code docker.image} is not set
 */
public record ComputeConfig(@Nullable Ec2 ec2, @Nullable Docker docker) {
  static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("ec2.image", ""),
          Map.entry("ec2.instance-profile", ""),
          Map.entry("ec2.subnets", ""),
          Map.entry("ec2.security-groups", ""),
          Map.entry("ec2.volume-gigabytes", ""),
          Map.entry("ec2.root-device", "/dev/xvda"),
          Map.entry("ec2.on-demand-prices", ""),
          Map.entry("ec2.heap", ""),
          Map.entry("ec2.environment", ""),
          Map.entry("ec2.setup", ""),
          Map.entry("ec2.poll", "PT5S"),
          Map.entry("docker.image", ""),
          Map.entry("docker.network", "host"),
          Map.entry("docker.cpus", "0"),
          Map.entry("docker.java", "java"));

  /** What nodes need of this process's environment to reach what it reaches; no secrets. */
  private static final List<String> HANDED_ON =
      List.of(
          "TEMPORAL_ADDRESS",
          "TEMPORAL_NAMESPACE",
          "TEMPORAL_TLS",
          "AWS_REGION",
          "AWS_DEFAULT_REGION",
          "AWS_ENDPOINT_URL",
          "AWS_ENDPOINT_URL_S3");

  /**
   * @param image machine image
   * @param instanceProfile null for none
   * @param volumeGigabytes null for the image's own
   * @param onDemandPrices US dollars an hour by instance type
   * @param heap empty for a share of the machine's memory
   * @param environment of nodes: what is handed on of this process's, then the setting's
   * @param setup shell lines; empty for none
   * @param poll between two looks at instances
   */
  public record Ec2(
      String image,
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
    public Ec2 {
      subnets = List.copyOf(subnets);
      securityGroups = List.copyOf(securityGroups);
      onDemandPrices = Map.copyOf(onDemandPrices);
      environment = Map.copyOf(environment);
    }
  }

  /**
   * @param image has a Java 25
   * @param network {@code host} or a network's name
   * @param cpus of a container; 0 for no limit
   * @param java the program inside the image
   */
  public record Docker(String image, String network, double cpus, String java) {}

  static ComputeConfig from(
      Function<String, String> get, Map<String, String> environment, List<String> problems) {
    String ec2Image = get.apply("ec2.image");
    String dockerImage = get.apply("docker.image");
    return new ComputeConfig(
        ec2Image.isEmpty() ? null : ec2(ec2Image, get, environment, problems),
        dockerImage.isEmpty()
            ? null
            : new Docker(
                dockerImage,
                get.apply("docker.network"),
                number(
                    "docker.cpus", get.apply("docker.cpus"), "a number, 0 for no limit", problems),
                get.apply("docker.java")));
  }

  private static Ec2 ec2(
      String image,
      Function<String, String> get,
      Map<String, String> environment,
      List<String> problems) {
    Map<String, String> nodes = new TreeMap<>();
    for (String name : HANDED_ON) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        nodes.put(name, value);
      }
    }
    pairs("ec2.environment", get, problems).forEach(nodes::put);
    Map<String, Double> prices = new TreeMap<>();
    pairs("ec2.on-demand-prices", get, problems)
        .forEach(
            (type, price) ->
                prices.put(
                    type,
                    number(
                        "ec2.on-demand-prices: " + type, price, "US dollars an hour", problems)));
    String profile = get.apply("ec2.instance-profile");
    String heap = get.apply("ec2.heap");
    if (!heap.isEmpty() && !heap.matches("[1-9]\\d{0,5}[mMgG]")) {
      problems.add("ec2.heap: " + heap + " (expected: such as 512m or 2g)");
    }
    return new Ec2(
        image,
        profile.isEmpty() ? null : profile,
        list(get.apply("ec2.subnets")),
        list(get.apply("ec2.security-groups")),
        gigabytes(get.apply("ec2.volume-gigabytes"), problems),
        get.apply("ec2.root-device"),
        prices,
        heap,
        nodes,
        setup(get.apply("ec2.setup"), problems),
        poll(get.apply("ec2.poll"), problems));
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  static Map<String, String> pairs(
      String key, Function<String, String> get, List<String> problems) {
    Map<String, String> pairs = new TreeMap<>();
    for (String pair : list(get.apply(key))) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        problems.add(key + ": " + pair + " (expected: name=value, separated by commas)");
      } else {
        pairs.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
      }
    }
    return pairs;
  }

  private static double number(String field, String text, String expected, List<String> problems) {
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && !Double.isInfinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    problems.add(field + ": " + text + " (expected: " + expected + ")");
    return 1;
  }

  private static @Nullable Integer gigabytes(String text, List<String> problems) {
    if (text.isEmpty()) {
      return null;
    }
    if (!text.matches("[1-9]\\d{0,4}")) {
      problems.add("ec2.volume-gigabytes: " + text + " (expected: 1 to 99999)");
      return null;
    }
    return Integer.valueOf(text);
  }

  private static Duration poll(String text, List<String> problems) {
    try {
      Duration poll = Duration.parse(text);
      if (poll.isPositive()) {
        return poll;
      }
    } catch (DateTimeParseException e) {
      // said below
    }
    problems.add("ec2.poll: " + text + " (expected: a duration such as PT5S, > 0)");
    return Duration.ofSeconds(5);
  }

  private static String setup(String file, List<String> problems) {
    if (file.isEmpty()) {
      return "";
    }
    try {
      return Files.readString(Path.of(file));
    } catch (IOException | RuntimeException e) {
      problems.add("ec2.setup: " + file + " (expected: a file of shell lines): " + e);
      return "";
    }
  }
}
