package io.millrace.activities.aws;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * Makes every client of AWS: the JDK's HTTP, a bound on each wait, the standard retries. What a
 * builder has already (credentials, say) it keeps; the rest comes from the SDK's own chain: region,
 * credentials and {@code AWS_ENDPOINT_URL}.
 */
public final class AwsClients {
  /** Connecting takes milliseconds; what takes longer is down. */
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private AwsClients() {}

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C built(
      B builder, AwsBounds bounds, @Nullable URI endpoint) {
    builder
        .region(region())
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT)
                .socketTimeout(bounds.silence()))
        .overrideConfiguration(
            o ->
                o.apiCallAttemptTimeout(bounds.attempt())
                    .apiCallTimeout(bounds.call())
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(bounds.tries())
                            .build()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }

  /** The region of the SDK's chain, else {@code us-east-1}. */
  public static Region region() {
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException none) {
      return Region.US_EAST_1;
    }
  }
}
