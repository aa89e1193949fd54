package io.millrace.activities.deploy.ecs;

import io.millrace.activities.store.S3Clients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
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
  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static EcsClients open(@Nullable URI endpoint) {
    return new EcsClients(
        built(EcsClient.builder(), endpoint),
        built(ElasticLoadBalancingV2Client.builder(), endpoint),
        built(Ec2Client.builder(), endpoint),
        built(ApplicationAutoScalingClient.builder(), endpoint),
        built(CloudWatchClient.builder(), endpoint));
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C built(
      B builder, @Nullable URI endpoint) {
    builder
        .region(S3Clients.region())
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                // connecting takes milliseconds; what takes longer is down
                .connectionTimeout(Duration.ofSeconds(5))
                .socketTimeout(Duration.ofSeconds(10)))
        .overrideConfiguration(
            o ->
                o.apiCallTimeout(Duration.ofSeconds(20))
                    .apiCallAttemptTimeout(Duration.ofSeconds(10))
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            // the activity's own retries come on top
                            .maxAttempts(4)
                            .build()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }
}
