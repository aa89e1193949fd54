package io.millrace.activities.store;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.endpoint.AwsClientEndpointProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * S3 clients with bounded waits. Credentials, region and {@code AWS_ENDPOINT_URL} come from the
 * SDK's own chain; with no region set, a client talks to {@code us-east-1}. An endpoint other than
 * AWS's own is addressed by path, as its host has no name for each bucket.
 */
public final class S3Clients {
  private S3Clients() {}

  /** A client on the SDK's chain. */
  public static S3Client open() {
    return open(null);
  }

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static S3Client open(@Nullable URI endpoint) {
    Region region = region();
    S3ClientBuilder builder =
        S3Client.builder()
            .region(region)
            .forcePathStyle(overridden(endpoint, region))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    // connecting takes milliseconds; what takes longer is down
                    .connectionTimeout(Duration.ofSeconds(5))
                    // silence on an open connection, not the length of a download
                    .socketTimeout(Duration.ofSeconds(30)))
            .overrideConfiguration(
                o ->
                    o.retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            // the activity's own retries come on top
                            .maxAttempts(4)
                            .build()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }

  /** Asks the SDK itself, so that it stays the only one to read {@code AWS_ENDPOINT_URL}. */
  private static boolean overridden(@Nullable URI endpoint, Region region) {
    return endpoint != null
        || AwsClientEndpointProvider.builder()
            .serviceEndpointOverrideEnvironmentVariable("AWS_ENDPOINT_URL_S3")
            .serviceEndpointOverrideSystemProperty("aws.endpointUrlS3")
            .serviceProfileProperty("s3")
            .serviceEndpointPrefix("s3")
            .defaultProtocol("https")
            .region(region)
            .profileFile(ProfileFile::defaultProfileFile)
            .profileName(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
            .build()
            .isEndpointOverridden();
  }

  private static Region region() {
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException none) {
      return Region.US_EAST_1;
    }
  }
}
