package io.millrace.activities.compute;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.CreateFleetError;
import software.amazon.awssdk.services.ec2.model.CreateFleetRequest;
import software.amazon.awssdk.services.ec2.model.CreateFleetResponse;
import software.amazon.awssdk.services.ec2.model.DefaultTargetCapacityType;
import software.amazon.awssdk.services.ec2.model.FleetLaunchTemplateConfigRequest;
import software.amazon.awssdk.services.ec2.model.FleetOnDemandAllocationStrategy;
import software.amazon.awssdk.services.ec2.model.FleetType;
import software.amazon.awssdk.services.ec2.model.LaunchTemplateBlockDeviceMappingRequest;
import software.amazon.awssdk.services.ec2.model.LaunchTemplateHttpTokensState;
import software.amazon.awssdk.services.ec2.model.LaunchTemplateTagSpecificationRequest;
import software.amazon.awssdk.services.ec2.model.RequestLaunchTemplateData;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.ShutdownBehavior;
import software.amazon.awssdk.services.ec2.model.SpotAllocationStrategy;
import software.amazon.awssdk.services.ec2.model.SpotInstanceInterruptionBehavior;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.VolumeType;

/**
 * Buys one instance: a launch template for it alone, an {@code instant} fleet of one over every
 * offering, then the template goes. An instant fleet tries each offering once and answers, so a
 * shortage is known in seconds.
 */
final class Ec2Fleet {
  private static final Logger LOG = LoggerFactory.getLogger(Ec2Fleet.class);

  private final Ec2Client ec2;
  private final Ec2Settings settings;

  Ec2Fleet(Ec2Client ec2, Ec2Settings settings) {
    this.ec2 = ec2;
    this.settings = settings;
  }

  /**
   * @param token equal for equal orders of one key
   */
  record Purchase(
      String key,
      String token,
      Market market,
      String image,
      List<Ec2Offerings.Place> places,
      Map<String, String> tags,
      String userData) {}

  /** The instance's id; empty when EC2 says that this token bought something else before. */
  Optional<String> buy(Purchase purchase) {
    String template = template(purchase.key());
    drop(template);
    Ec2Errors.call(
        "CreateLaunchTemplate",
        () ->
            ec2.createLaunchTemplate(
                r ->
                    r.launchTemplateName(template)
                        .launchTemplateData(data(purchase))
                        .tagSpecifications(tagged(ResourceType.LAUNCH_TEMPLATE, purchase))));
    try {
      CreateFleetResponse answer = ec2.createFleet(request(purchase, template));
      return Optional.of(
          answer.instances().stream()
              .flatMap(some -> some.instanceIds().stream())
              .findFirst()
              .orElseThrow(() -> failure(purchase, answer.errors())));
    } catch (AwsServiceException e) {
      if (AwsErrors.code(e).equals("IdempotentParameterMismatch")) {
        return Optional.empty();
      }
      if (Ec2Errors.capacity(AwsErrors.code(e))) {
        throw Ec2Errors.of(
            "CreateFleet",
            AwsErrors.code(e),
            String.valueOf(e.getMessage()),
            e,
            e.statusCode(),
            purchase.places().stream().map(Ec2Offerings.Place::offering).toList());
      }
      throw Ec2Errors.of("CreateFleet", e);
    } catch (SdkException e) {
      throw Ec2Errors.of("CreateFleet", e);
    } finally {
      drop(template);
    }
  }

  /** Name of the template of a key. */
  static String template(String key) {
    String name = "millrace-" + key.replaceAll("[^A-Za-z0-9().\\-/_]", "_");
    return name.substring(0, Math.min(128, name.length()));
  }

  /** Removes a template; one that is gone is success, and one that stays is swept. */
  void drop(String template) {
    try {
      ec2.deleteLaunchTemplate(r -> r.launchTemplateName(template));
    } catch (SdkException e) {
      if (!(e instanceof AwsServiceException service)
          || !AwsErrors.code(service).startsWith("InvalidLaunchTemplateName")) {
        LOG.debug("launch template {}: not deleted: {}", template, e.getMessage());
      }
    }
  }

  private CreateFleetRequest request(Purchase purchase, String template) {
    boolean spot = purchase.market() == Market.SPOT;
    CreateFleetRequest.Builder fleet =
        CreateFleetRequest.builder()
            .clientToken(purchase.token())
            .type(FleetType.INSTANT)
            .targetCapacitySpecification(
                c ->
                    c.totalTargetCapacity(1)
                        .defaultTargetCapacityType(
                            spot
                                ? DefaultTargetCapacityType.SPOT
                                : DefaultTargetCapacityType.ON_DEMAND))
            .launchTemplateConfigs(
                FleetLaunchTemplateConfigRequest.builder()
                    .launchTemplateSpecification(
                        s -> s.launchTemplateName(template).version("$Latest"))
                    .overrides(purchase.places().stream().map(Ec2Offerings::override).toList())
                    .build())
            .tagSpecifications(
                tagged(ResourceType.INSTANCE, purchase), tagged(ResourceType.FLEET, purchase));
    if (spot) {
      fleet.spotOptions(
          s ->
              s.allocationStrategy(SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED)
                  .instanceInterruptionBehavior(SpotInstanceInterruptionBehavior.TERMINATE));
    } else {
      fleet.onDemandOptions(
          o -> o.allocationStrategy(FleetOnDemandAllocationStrategy.LOWEST_PRICE));
    }
    return fleet.build();
  }

  private RequestLaunchTemplateData data(Purchase purchase) {
    RequestLaunchTemplateData.Builder data =
        RequestLaunchTemplateData.builder()
            .imageId(purchase.image())
            .userData(
                Base64.getEncoder()
                    .encodeToString(purchase.userData().getBytes(StandardCharsets.UTF_8)))
            // tokens only, and one hop: a container on the node cannot ask
            .metadataOptions(
                m ->
                    m.httpTokens(LaunchTemplateHttpTokensState.REQUIRED).httpPutResponseHopLimit(1))
            .instanceInitiatedShutdownBehavior(ShutdownBehavior.TERMINATE)
            .tagSpecifications(
                launched(ResourceType.INSTANCE, purchase), launched(ResourceType.VOLUME, purchase));
    if (settings.instanceProfile() != null) {
      String profile = settings.instanceProfile();
      data.iamInstanceProfile(
          p -> {
            if (profile.startsWith("arn:")) {
              p.arn(profile);
            } else {
              p.name(profile);
            }
          });
    }
    if (!settings.securityGroups().isEmpty()) {
      data.securityGroupIds(settings.securityGroups());
    }
    if (settings.volumeGigabytes() != null) {
      int size = settings.volumeGigabytes();
      data.blockDeviceMappings(
          LaunchTemplateBlockDeviceMappingRequest.builder()
              .deviceName(settings.rootDevice())
              .ebs(
                  v ->
                      v.volumeSize(size)
                          .volumeType(VolumeType.GP3)
                          .encrypted(true)
                          .deleteOnTermination(true))
              .build());
    }
    return data.build();
  }

  /** One offering's shortage is a shortage, even when others were refused for another reason. */
  private static RuntimeException failure(Purchase purchase, List<CreateFleetError> errors) {
    List<Offering> short_ = new ArrayList<>();
    CreateFleetError telling = null;
    for (CreateFleetError error : errors) {
      boolean capacity = Ec2Errors.capacity(error.errorCode());
      if (capacity) {
        short_.addAll(offerings(purchase, error));
      }
      if (telling == null || (capacity && !Ec2Errors.capacity(telling.errorCode()))) {
        telling = error;
      }
    }
    if (telling == null) {
      return Failures.of(
          FailureType.AWS_UNAVAILABLE,
          "ec2 CreateFleet: neither an instance nor an error (expected: one of them)");
    }
    return Ec2Errors.of(
        "CreateFleet",
        telling.errorCode(),
        String.valueOf(telling.errorMessage()),
        null,
        0,
        short_.stream().distinct().toList());
  }

  private static List<Offering> offerings(Purchase purchase, CreateFleetError error) {
    var which = error.launchTemplateAndOverrides();
    if (which == null || which.overrides() == null) {
      return purchase.places().stream().map(Ec2Offerings.Place::offering).toList();
    }
    String type = which.overrides().instanceTypeAsString();
    String zone = which.overrides().availabilityZone();
    String subnet = which.overrides().subnetId();
    return purchase.places().stream()
        .filter(at -> type == null || at.offering().type().equals(type))
        .filter(at -> zone == null || at.offering().zone().equals(zone))
        .filter(at -> subnet == null || at.subnet().equals(subnet))
        .map(Ec2Offerings.Place::offering)
        .toList();
  }

  private static TagSpecification tagged(ResourceType what, Purchase purchase) {
    return TagSpecification.builder().resourceType(what).tags(tags(purchase.tags())).build();
  }

  private static LaunchTemplateTagSpecificationRequest launched(
      ResourceType what, Purchase purchase) {
    return LaunchTemplateTagSpecificationRequest.builder()
        .resourceType(what)
        .tags(tags(purchase.tags()))
        .build();
  }

  private static List<Tag> tags(Map<String, String> tags) {
    return tags.entrySet().stream()
        .map(tag -> Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
        .toList();
  }
}
