package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/** What Fargate sells ("Task CPU and memory", Amazon ECS developer guide). */
final class FargateSizes {
  private static final List<Size> SIZES =
      List.of(
          new Size(0.25, 512, 2_048, 512),
          new Size(0.5, 1_024, 4_096, 1_024),
          new Size(1, 2_048, 8_192, 1_024),
          new Size(2, 4_096, 16_384, 1_024),
          new Size(4, 8_192, 30_720, 1_024),
          new Size(8, 16_384, 61_440, 4_096),
          new Size(16, 32_768, 122_880, 8_192));

  private FargateSizes() {}

  /** Memory in MB. */
  private record Size(double cpus, int least, int most, int step) {}

  /**
   * @param memory {@code <n>MB}
   */
  static void check(Findings found, JsonNode cpus, JsonNode memory) {
    if (!cpus.isNumber()) {
      return;
    }
    Optional<Size> size = SIZES.stream().filter(s -> s.cpus() == cpus.asDouble()).findFirst();
    found.check(
        size.isPresent(),
        "deployment.target.ecs.cpus",
        cpus,
        "one of 0.25, 0.5, 1, 2, 4, 8, 16 with launch fargate");
    String text = memory.asText("");
    if (size.isPresent() && text.matches("\\d{1,7}MB")) {
      int megabytes = Integer.parseInt(text.replace("MB", ""));
      Size of = size.get();
      found.check(
          megabytes >= of.least() && megabytes <= of.most() && megabytes % of.step() == 0,
          "deployment.target.ecs.memory",
          memory,
          "%dMB to %dMB in steps of %dMB with %s processors"
              .formatted(of.least(), of.most(), of.step(), cpus));
    }
  }
}
