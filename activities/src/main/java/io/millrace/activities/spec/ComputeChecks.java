package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.spec.TrainingSpec.ComputeSpec;

/** Combinations of {@code training.compute} and {@code training.budget} that cannot be. */
final class ComputeChecks {
  /** A JVM with the engine's native libraries needs about this before it holds a row. */
  private static final int LEAST_MEGABYTES = 512;

  private ComputeChecks() {}

  static void run(Findings found) {
    String kind = found.text("training.compute.kind");
    // spot may stand there for any kind: the same spec trains on a laptop and in the cloud
    JsonNode types = found.at("training.compute.spot.types");
    JsonNode gpuMemory = found.at("training.compute.spot.gpu-memory");
    found.check(
        !kind.equals(ComputeSpec.EC2) || !types.isEmpty() || !gpuMemory.isMissingNode(),
        "training.compute.spot.types",
        types,
        "at least one instance type for kind ec2, such as g5.xlarge, or gpu-memory");
    found.check(
        gpuMemory.isMissingNode() || types.isEmpty(),
        "training.compute.spot.gpu-memory",
        gpuMemory,
        "types or gpu-memory, one of the two");
    JsonNode memory = found.at("training.compute.memory");
    if (!memory.isMissingNode()) {
      found.check(
          kind.equals("docker"), "training.compute.memory", memory, "kind docker, or no memory");
      String megabytes = memory.asText("").replaceAll("\\D", "");
      found.check(
          megabytes.isEmpty() || Long.parseLong(megabytes) >= LEAST_MEGABYTES,
          "training.compute.memory",
          memory,
          "at least " + LEAST_MEGABYTES + "MB");
    }
    JsonNode image = found.at("training.compute.image");
    found.check(
        image.isMissingNode() || !kind.equals("local"),
        "training.compute.image",
        image,
        "kind docker or ec2, or no image");
    JsonNode cost = found.at("training.budget.cost");
    found.check(
        !cost.isNumber() || cost.asDouble() > 0,
        "training.budget.cost",
        cost,
        "an amount above 0 USD, such as 25 USD");
  }
}
