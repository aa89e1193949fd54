package io.millrace.activities.compute;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.activity.Activity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.DescribeInstancesRequest;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceLifecycleType;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.LaunchTemplate;
import software.amazon.awssdk.services.ec2.model.Tag;

/**
 * Nodes as EC2 instances, on spot or on demand. A key's instance is found by its tag before one is
 * bought, and a client token made of the order covers the seconds before the tag can be seen. An
 * instance ends itself when its trainer has ended, when its time to live is over, and is swept
 * otherwise.
 */
public final class Ec2Compute implements ComputeActivities {
  private static final Logger LOG = LoggerFactory.getLogger(Ec2Compute.class);
  private static final String KIND = "ec2";

  /** Heartbeats time out after 30 s, so a look at the instances must not take longer. */
  private static final Duration LOOK = Duration.ofSeconds(12);

  /** Values of one filter; EC2 takes 200. */
  private static final int PAGE = 100;

  /** A new instance is visible to every server of the API after seconds. */
  private static final int TRIES_UNTIL_VISIBLE = 8;

  private final Ec2Client ec2;
  private final Ec2Settings settings;
  private final String storeUri;
  private final TrainerPackage trainer;
  private final RunEnded runEnded;
  private final Ec2Fleet fleet;
  private final Ec2Offerings offerings;
  private final Ec2Prices prices;

  /**
   * @param storeUri what trainers open
   * @param runEnded for sweeps
   */
  public Ec2Compute(
      Ec2Client ec2,
      Ec2Settings settings,
      String storeUri,
      TrainerPackage trainer,
      RunEnded runEnded) {
    this.ec2 = ec2;
    this.settings = settings;
    this.storeUri = storeUri;
    this.trainer = trainer;
    this.runEnded = runEnded;
    this.fleet = new Ec2Fleet(ec2, settings);
    this.offerings = new Ec2Offerings(ec2, settings.subnets());
    this.prices = new Ec2Prices(ec2, offerings, settings.onDemandPrices());
  }

  @Override
  public Node launch(LaunchRequest request) {
    if (!request.kind().equals(KIND)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.kind: " + request.kind() + " (expected: " + KIND + ")");
    }
    Optional<Instance> there = find(request.key());
    if (there.isPresent()) {
      return node(there.get());
    }
    Order order = request.order();
    if (order == null || order.types().isEmpty()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.spot.types: nothing (expected: instance types such as g5.xlarge)");
    }
    String image = request.image() == null ? settings.image() : request.image();
    if (image == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.image: nothing (expected: a machine image with a JDK 25, here or in"
              + " MILLRACE_EC2_IMAGE)");
    }
    Ec2Fleet.Purchase purchase =
        new Ec2Fleet.Purchase(
            request.key(),
            PayloadJson.sha256(request.key() + PayloadJson.digest(order)),
            order.market(),
            image,
            offerings.of(order),
            NodeTags.of(request, Instant.now()),
            NodeScript.of(request, settings, storeUri, trainer.listed(), order.timeToLive()));
    Optional<String> bought = fleet.buy(purchase);
    Instance instance =
        visible(request.key(), bought.orElse(null))
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.AWS_UNAVAILABLE,
                        "ec2 instance of " + request.key() + " (expected: to be visible by now)"));
    LOG.info(
        "node {} is {}, {} in {}, {}",
        request.key(),
        instance.instanceId(),
        instance.instanceTypeAsString(),
        instance.placement().availabilityZone(),
        order.market());
    return node(instance);
  }

  @Override
  public NodeReport await(AwaitRequest request) {
    return await(request, Activity.getExecutionContext()::heartbeat);
  }

  /** The same with somebody else to tell. */
  NodeReport await(AwaitRequest request, Consumer<String> heartbeat) {
    return new Ec2Watch(ids -> describe(idFilter(ids)), settings.poll()).await(request, heartbeat);
  }

  @Override
  public void terminate(Node node) {
    try {
      ec2.terminateInstances(r -> r.instanceIds(node.id()));
    } catch (AwsServiceException e) {
      if (!AwsErrors.code(e).equals("InvalidInstanceID.NotFound")) {
        throw Ec2Errors.of("TerminateInstances", e);
      }
    } catch (SdkException e) {
      throw Ec2Errors.of("TerminateInstances", e);
    }
    fleet.drop(Ec2Fleet.template(node.key()));
  }

  @Override
  public Prices prices(PriceRequest request) {
    return prices.of(request);
  }

  /** Finds by tag; an instance of another installation has other runs, but its time is its time. */
  @Override
  public Swept sweep(SweepRequest request) {
    if (!request.kinds().contains(KIND)) {
      return new Swept(List.of());
    }
    Instant now = Instant.now();
    List<Orphan> orphans = new ArrayList<>();
    List<Instance> standing =
        describe(
            List.of(
                filter("tag-key", List.of(NodeTags.KEY)),
                filter(
                    "instance-state-name", List.of("pending", "running", "stopping", "stopped"))));
    for (Instance instance : standing) {
      Map<String, String> tags = tags(instance.tags());
      NodeTags.orphaned(tags.get(NodeTags.EXPIRES), tags.get(NodeTags.RUN), now, runEnded)
          .ifPresent(
              reason ->
                  orphans.add(
                      new Orphan(
                          node(instance), tags.getOrDefault(NodeTags.RUN, "unknown"), reason)));
    }
    if (!request.dry()) {
      orphans.forEach(orphan -> terminate(orphan.node()));
      templates(now).forEach(fleet::drop);
    }
    return new Swept(orphans);
  }

  /** Launch templates whose launcher died between making and removing them. */
  private List<String> templates(Instant now) {
    return Ec2Errors.call(
        "DescribeLaunchTemplates",
        () ->
            ec2
                .describeLaunchTemplatesPaginator(
                    r -> r.filters(filter("tag-key", List.of(NodeTags.KEY))))
                .launchTemplates()
                .stream()
                .filter(
                    one ->
                        NodeTags.orphaned(
                                tags(one.tags()).get(NodeTags.EXPIRES),
                                tags(one.tags()).get(NodeTags.RUN),
                                now,
                                runEnded)
                            .isPresent())
                .map(LaunchTemplate::launchTemplateName)
                .toList());
  }

  /** The instance of a key, even one that has ended: the pool must hear of the loss. */
  private Optional<Instance> find(String key) {
    return Ec2Errors.call(
        "DescribeInstances",
        () ->
            describe(List.of(filter("tag:" + NodeTags.KEY, List.of(key)))).stream()
                // of two by mischance the first is the node; the other ends by its time to live
                .min((a, b) -> a.launchTime().compareTo(b.launchTime())));
  }

  private Optional<Instance> visible(String key, @Nullable String id) {
    for (int i = 1; ; i++) {
      Optional<Instance> seen =
          id == null
              ? find(key)
              : Ec2Errors.call(
                  "DescribeInstances", () -> describe(idFilter(List.of(id))).stream().findFirst());
      if (seen.isPresent() || i == TRIES_UNTIL_VISIBLE) {
        return seen;
      }
      try {
        Thread.sleep(250L * i);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }

  private List<Instance> describe(List<Filter> filters) {
    return ec2
        .describeInstancesPaginator(
            DescribeInstancesRequest.builder()
                .filters(filters)
                .overrideConfiguration(o -> o.apiCallTimeout(LOOK))
                .build())
        .reservations()
        .stream()
        .flatMap(reservation -> reservation.instances().stream())
        .toList();
  }

  static int page() {
    return PAGE;
  }

  private static List<Filter> idFilter(List<String> ids) {
    // by filter, not by id: one id that is not known would fail the whole call
    return List.of(filter("instance-id", ids));
  }

  private static Filter filter(String name, List<String> values) {
    return Filter.builder().name(name).values(values).build();
  }

  private static Node node(Instance instance) {
    return new Node(
        tags(instance.tags()).getOrDefault(NodeTags.KEY, instance.instanceId()),
        instance.instanceId(),
        KIND,
        instance.launchTime(),
        new Placement(
            new Offering(instance.instanceTypeAsString(), instance.placement().availabilityZone()),
            instance.instanceLifecycle() == InstanceLifecycleType.SPOT
                ? Market.SPOT
                : Market.ON_DEMAND));
  }

  static boolean ended(Instance instance) {
    InstanceStateName state = instance.state() == null ? null : instance.state().name();
    // a stopped one was bought to be terminated at shutdown: somebody else stopped it
    return state == InstanceStateName.TERMINATED || state == InstanceStateName.SHUTTING_DOWN;
  }

  private static Map<String, String> tags(List<Tag> tags) {
    return tags.stream()
        .collect(java.util.stream.Collectors.toMap(Tag::key, Tag::value, (a, b) -> a));
  }
}
