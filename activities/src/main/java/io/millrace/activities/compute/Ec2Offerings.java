package io.millrace.activities.compute;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.spec.TrainingSpec.SpotSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.DescribeSubnetsRequest;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.FleetLaunchTemplateOverridesRequest;
import software.amazon.awssdk.services.ec2.model.InstanceTypeInfo;
import software.amazon.awssdk.services.ec2.model.Subnet;

/** Which instance types in which subnets an order means. */
final class Ec2Offerings {
  /** EC2's own bound on the overrides of a fleet. */
  private static final int MOST = 300;

  /** {@code gpu-memory>=24GB} in an order's types: whatever has it, on one GPU. */
  private static final Pattern GPU_MEMORY =
      Pattern.compile(Pattern.quote(SpotSpec.GPU_MEMORY) + "(\\d{1,4})GB");

  /** Makers count by thousands; EC2 tells mebibytes, of some GPUs a little less. */
  private static final long BYTES_PER_GIGABYTE = 1_000_000_000L;

  private static final long BYTES_PER_MEBIBYTE = 1024L * 1024;

  private final Ec2Client ec2;
  private final List<String> subnets;

  Ec2Offerings(Ec2Client ec2, List<String> subnets) {
    this.ec2 = ec2;
    this.subnets = subnets;
  }

  /**
   * @param subnet where the offering's zone is
   */
  record Place(Offering offering, String subnet) {}

  /** Every type in every zone but those to avoid; all when nothing else is left. */
  List<Place> of(Order order) {
    TreeMap<String, String> zones = zones();
    if (!order.zones().isEmpty()) {
      zones.keySet().retainAll(order.zones());
    }
    List<Place> all = new ArrayList<>();
    for (String type : types(order.types())) {
      zones.forEach((zone, subnet) -> all.add(new Place(new Offering(type, zone), subnet)));
    }
    if (all.isEmpty()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.spot: types "
              + order.types()
              + " in zones "
              + (order.zones().isEmpty() ? "any" : order.zones())
              + " (expected: instance types, and zones that have a subnet of ec2.subnets or a"
              + " default one)");
    }
    List<Place> left = all.stream().filter(at -> !order.avoid().contains(at.offering())).toList();
    List<Place> asked = left.isEmpty() ? all : left;
    return asked.subList(0, Math.min(MOST, asked.size()));
  }

  static FleetLaunchTemplateOverridesRequest override(Place at) {
    return FleetLaunchTemplateOverridesRequest.builder()
        .instanceType(at.offering().type())
        .subnetId(at.subnet())
        .build();
  }

  /** The types that are meant, by name or by what they have. */
  List<String> types(List<String> asked) {
    List<String> types = new ArrayList<>();
    for (String type : asked) {
      Matcher memory = GPU_MEMORY.matcher(type);
      if (memory.matches()) {
        types.addAll(withGpuMemory(Long.parseLong(memory.group(1))));
      } else {
        types.add(type);
      }
    }
    if (types.isEmpty()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.spot.gpu-memory: "
              + String.join(", ", asked)
              + " (expected: what one GPU of some instance type of this region has)");
    }
    return types.stream().distinct().toList();
  }

  /** Current x86 types whose single GPU has so much memory, the smallest first. */
  List<String> withGpuMemory(long gigabytes) {
    long mebibytes = gigabytes * BYTES_PER_GIGABYTE / BYTES_PER_MEBIBYTE;
    return Ec2Errors.call(
        "DescribeInstanceTypes",
        () ->
            ec2
                .describeInstanceTypesPaginator(
                    r ->
                        r.filters(
                            filter("current-generation", "true"),
                            filter("processor-info.supported-architecture", "x86_64"),
                            filter("supported-usage-class", "spot", "on-demand")))
                .instanceTypes()
                .stream()
                .filter(type -> gpuMebibytes(type) >= mebibytes)
                .sorted(
                    (a, b) ->
                        Long.compare(
                            gpuMebibytes(a) * 10_000L + a.vCpuInfo().defaultVCpus(),
                            gpuMebibytes(b) * 10_000L + b.vCpuInfo().defaultVCpus()))
                .map(InstanceTypeInfo::instanceTypeAsString)
                .limit(40)
                .toList());
  }

  /** Of one GPU of the engine's maker; 0 for types without, or with more than one. */
  private static long gpuMebibytes(InstanceTypeInfo type) {
    if (type.gpuInfo() == null || type.gpuInfo().gpus().size() != 1) {
      return 0;
    }
    var gpu = type.gpuInfo().gpus().getFirst();
    return "NVIDIA".equalsIgnoreCase(gpu.manufacturer())
            && gpu.count() != null
            && gpu.count() == 1
            && gpu.memoryInfo() != null
        ? gpu.memoryInfo().sizeInMiB()
        : 0;
  }

  private static Filter filter(String name, String... values) {
    return Filter.builder().name(name).values(values).build();
  }

  /** Zone to a subnet in it. */
  private TreeMap<String, String> zones() {
    DescribeSubnetsRequest request =
        subnets.isEmpty()
            ? DescribeSubnetsRequest.builder().filters(filter("default-for-az", "true")).build()
            : DescribeSubnetsRequest.builder().subnetIds(subnets).build();
    TreeMap<String, String> zones = new TreeMap<>();
    for (Subnet subnet :
        Ec2Errors.call(
            "DescribeSubnets",
            () -> ec2.describeSubnetsPaginator(request).subnets().stream().toList())) {
      zones.putIfAbsent(subnet.availabilityZone(), subnet.subnetId());
    }
    return zones;
  }
}
