package io.millrace.activities.compute;

import io.millrace.activities.store.S3Clients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.Ec2ClientBuilder;

/**
 * EC2 clients with bounded waits. Credentials, region and {@code AWS_ENDPOINT_URL_EC2} or {@code
 * AWS_ENDPOINT_URL} come from the SDK's own chain.
 */
public final class Ec2Clients {
  private Ec2Clients() {}

  /** A client on the SDK's chain. */
  public static Ec2Client open() {
    return open(null);
  }

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static Ec2Client open(@Nullable URI endpoint) {
    Ec2ClientBuilder builder =
        Ec2Client.builder()
            .region(S3Clients.region())
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    // connecting takes milliseconds; what takes longer is down
                    .connectionTimeout(Duration.ofSeconds(5))
                    // an instant fleet answers when it has tried every offering
                    .socketTimeout(Duration.ofSeconds(15)))
            .overrideConfiguration(
                o ->
                    // three calls of a launch stay within the 60 s of its activity
                    o.apiCallTimeout(Duration.ofSeconds(18))
                        .apiCallAttemptTimeout(Duration.ofSeconds(15))
                        .retryStrategy(
                            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                // the activity's own retries come on top
                                .maxAttempts(3)
                                .build()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }
}
