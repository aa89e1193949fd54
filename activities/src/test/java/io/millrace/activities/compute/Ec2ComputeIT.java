package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.LocalStack;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Order;
import io.millrace.workflows.port.compute.ComputeActivities.PriceRequest;
import io.millrace.workflows.ref.RunRef;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceAttributeName;
import software.amazon.awssdk.services.ec2.model.Tag;

/** {@link Ec2Compute} on LocalStack's EC2, whose instances are entries in its books. */
class Ec2ComputeIT extends TaggedComputeContract {
  private static LocalStack stack;
  private static Ec2Client ec2;

  @TempDir Path work;

  @BeforeAll
  static void start() {
    stack = LocalStack.start();
    ec2 = stack.ec2();
  }

  @AfterAll
  static void stop() {
    ec2.close();
    stack.close();
  }

  @Override
  protected ComputeActivities adapter() throws Exception {
    return adapter(ec2);
  }

  @Override
  protected ComputeActivities unreachable() throws Exception {
    // the discard port: connections are refused
    return adapter(LocalStack.ec2(URI.create("http://127.0.0.1:9")));
  }

  private ComputeActivities adapter(Ec2Client client) throws Exception {
    Path jar = Files.writeString(work.resolve("trainer.jar"), "a trainer");
    FileStore store = new FileStore(work.resolve("store"));
    return new Ec2Compute(
        client,
        Ec2Settings.emulated(
            "ami-12345678", "512m", Map.of("TEMPORAL_ADDRESS", "h:7233"), Duration.ofMillis(200)),
        store.uri(),
        new TrainerPackage(store, jar.toString(), work.resolve("scratch")),
        runEnded);
  }

  @Override
  protected String kind() {
    return "ec2";
  }

  @Override
  protected Order order() {
    return order(Market.SPOT);
  }

  private static Order order(Market market) {
    return new Order(
        market, List.of("m5.large", "c5.large"), List.of(), List.of(), Duration.ofHours(1));
  }

  @Override
  protected void kill(Node node) {
    ec2.terminateInstances(r -> r.instanceIds(node.id()));
  }

  @Test
  void launch_saysWhereItStands_andTheInstanceCarriesTagsAndUserData() {
    String key = "sample-1-" + UUID.randomUUID();
    Node node = launch(key);
    Instance instance = instance(node);
    assertThat(node.placement().market()).isEqualTo(Market.SPOT);
    assertThat(node.placement().offering())
        .isEqualTo(
            new Offering(instance.instanceTypeAsString(), instance.placement().availabilityZone()));
    Map<String, String> tags =
        instance.tags().stream().collect(Collectors.toMap(Tag::key, Tag::value));
    assertThat(tags)
        .containsEntry("millrace:key", key)
        .containsEntry("millrace:run", "sample-1")
        .containsEntry("millrace:model", "sample")
        .containsEntry("millrace:queue", "no-queue")
        .containsKey("millrace:expires");
    String script =
        new String(
            Base64.getMimeDecoder()
                .decode(
                    ec2.describeInstanceAttribute(
                            r -> r.instanceId(node.id()).attribute(InstanceAttributeName.USER_DATA))
                        .userData()
                        .value()),
            StandardCharsets.UTF_8);
    assertThat(script)
        .startsWith("#!/bin/sh\nheap='512m'\nnode='" + key + "'\n")
        .contains("export TEMPORAL_ADDRESS='h:7233'");
    assertThat(ec2.describeLaunchTemplates().launchTemplates()).isEmpty();
  }

  @Test
  void launch_onDemand_isOnDemand_andAvoidsWhatItIsTold() {
    Node spot = launch(UUID.randomUUID().toString());
    Order order =
        new Order(
            Market.ON_DEMAND,
            List.of("m5.large"),
            List.of(),
            List.of(spot.placement().offering()),
            Duration.ofHours(1));
    Node node = launch(request("sample-1", UUID.randomUUID().toString(), order));
    assertThat(node.placement().market()).isEqualTo(Market.ON_DEMAND);
    assertThat(node.placement().offering()).isNotEqualTo(spot.placement().offering());
  }

  @Test
  void launch_withoutTypesOrInAZoneThatIsNotThere_isConfigInvalid() {
    Order none = new Order(Market.SPOT, List.of(), List.of(), List.of(), Duration.ofHours(1));
    assertThatThrownBy(() -> launch(request("sample-1", "none-" + UUID.randomUUID(), none)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasStackTraceContaining("training.compute.spot.types: nothing (expected: instance types");
    Order nowhere =
        new Order(
            Market.SPOT, List.of("m5.large"), List.of("mars-1a"), List.of(), Duration.ofHours(1));
    assertThatThrownBy(() -> launch(request("sample-1", "mars-" + UUID.randomUUID(), nowhere)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasStackTraceContaining("in zones [mars-1a] (expected: instance types, and zones that");
  }

  @Test
  void launch_whenNobodyAnswers_isAwsUnavailable() throws Exception {
    ComputeActivities blind = unreachable();
    LaunchRequest request =
        new LaunchRequest(
            new RunRef("sample-1", "sample", null), "k", "q", "ec2", 1, order(), null, null);
    assertThatThrownBy(() -> blind.launch(request))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.AWS_UNAVAILABLE))
        .hasMessageContaining("ec2 DescribeInstances (expected: an answer)");
  }

  @Test
  void withGpuMemory_namesTypesWhoseOneGpuHasIt_smallestFirst() {
    List<String> types = new Ec2Offerings(ec2, List.of()).withGpuMemory(24);
    assertThat(types)
        .contains("g5.xlarge")
        .doesNotContain("g4dn.xlarge", "m5.large", "g5.12xlarge");
    assertThat(types.indexOf("g5.xlarge")).isLessThan(types.indexOf("g5.2xlarge"));
  }

  @Test
  void launch_byGpuMemory_isOfATypeThatHasIt_andItsPricesAreKnown() {
    List<String> wanted = List.of("gpu-memory>=16GB");
    Order order = new Order(Market.SPOT, wanted, List.of(), List.of(), Duration.ofHours(1));

    Node node = launch(request("sample-1", UUID.randomUUID().toString(), order));

    String type = node.placement().offering().type();
    assertThat(new Ec2Offerings(ec2, List.of()).withGpuMemory(16)).contains(type, "g4dn.xlarge");
    assertThat(compute().prices(new PriceRequest("ec2", wanted, List.of())).prices())
        .extracting(price -> price.offering().type())
        .isNotEmpty()
        .doesNotContain("m5.large", wanted.getFirst());
  }

  @Test
  void launch_byGpuMemoryThatNoTypeHas_isConfigInvalid() {
    Order order =
        new Order(
            Market.SPOT, List.of("gpu-memory>=9999GB"), List.of(), List.of(), Duration.ofHours(1));
    assertThatThrownBy(() -> launch(request("sample-1", "huge-" + UUID.randomUUID(), order)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasStackTraceContaining(
            "training.compute.spot.gpu-memory: gpu-memory>=9999GB (expected: what one GPU of");
  }

  private static Instance instance(Node node) {
    return ec2.describeInstances(r -> r.instanceIds(node.id()))
        .reservations()
        .getFirst()
        .instances()
        .getFirst();
  }
}
