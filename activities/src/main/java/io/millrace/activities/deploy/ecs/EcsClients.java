package io.millrace.activities.deploy.ecs;

import io.millrace.activities.aws.AwsBounds;
import io.millrace.activities.aws.AwsClients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.applicationautoscaling.ApplicationAutoScalingClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;

/**
 * Clients of the services that an endpoint on ECS is made of, with bounded waits. Credentials,
 * region and {@code AWS_ENDPOINT_URL} come from the SDK's own chain.
 */
public record EcsClients(
    EcsClient ecs,
    ElasticLoadBalancingV2Client elb,
    Ec2Client ec2,
    ApplicationAutoScalingClient scaling,
    CloudWatchClient cloudWatch) {
  /** Questions and small changes, each answered within a second or two. */
  private static final AwsBounds BOUNDS =
      AwsBounds.ofCall(Duration.ofSeconds(10), Duration.ofSeconds(20), 4);

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static EcsClients open(@Nullable URI endpoint) {
    return new EcsClients(
        AwsClients.built(EcsClient.builder(), BOUNDS, endpoint),
        AwsClients.built(ElasticLoadBalancingV2Client.builder(), BOUNDS, endpoint),
        AwsClients.built(Ec2Client.builder(), BOUNDS, endpoint),
        AwsClients.built(ApplicationAutoScalingClient.builder(), BOUNDS, endpoint),
        AwsClients.built(CloudWatchClient.builder(), BOUNDS, endpoint));
  }
}
