package io.millrace.activities.store;

import io.millrace.activities.aws.AwsBounds;
import io.millrace.activities.aws.AwsClients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.endpoint.AwsClientEndpointProvider;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * S3 clients with bounded waits. Credentials, region and {@code AWS_ENDPOINT_URL} come from the
 * SDK's own chain; with no region set, a client talks to {@code us-east-1}. An endpoint other than
 * AWS's own is addressed by path, as its host has no name for each bucket.
 */
public final class S3Clients {
  /** Silence on an open connection, not the length of a download. */
  private static final AwsBounds BOUNDS = AwsBounds.ofSilence(Duration.ofSeconds(30), 4);

  private S3Clients() {}

  /** A client on the SDK's chain. */
  public static S3Client open() {
    return open(null);
  }

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static S3Client open(@Nullable URI endpoint) {
    return AwsClients.built(
        S3Client.builder().forcePathStyle(overridden(endpoint, AwsClients.region())),
        BOUNDS,
        endpoint);
  }

  /** Signs links as the client signs requests: same region, credentials and endpoint. */
  static S3Presigner presigner(S3Client client) {
    S3ServiceClientConfiguration of = client.serviceClientConfiguration();
    URI endpoint =
        of.endpointOverride()
            .orElseGet(
                () -> {
                  AwsClientEndpointProvider chain = endpoints(of.region());
                  return chain.isEndpointOverridden() ? chain.clientEndpoint() : null;
                });
    S3Presigner.Builder builder =
        S3Presigner.builder()
            .region(of.region())
            .credentialsProvider(of.credentialsProvider())
            .serviceConfiguration(
                S3Configuration.builder().pathStyleAccessEnabled(endpoint != null).build());
    return endpoint == null ? builder.build() : builder.endpointOverride(endpoint).build();
  }

  /** Asks the SDK itself, so that it stays the only one to read {@code AWS_ENDPOINT_URL}. */
  private static boolean overridden(@Nullable URI endpoint, Region region) {
    return endpoint != null || endpoints(region).isEndpointOverridden();
  }

  private static AwsClientEndpointProvider endpoints(Region region) {
    return AwsClientEndpointProvider.builder()
        .serviceEndpointOverrideEnvironmentVariable("AWS_ENDPOINT_URL_S3")
        .serviceEndpointOverrideSystemProperty("aws.endpointUrlS3")
        .serviceProfileProperty("s3")
        .serviceEndpointPrefix("s3")
        .defaultProtocol("https")
        .region(region)
        .profileFile(ProfileFile::defaultProfileFile)
        .profileName(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
        .build();
  }
}
