package io.millrace.activities.deploy.lambda;

import io.millrace.activities.store.S3Clients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The clients a function needs, with bounded waits. Credentials, region and {@code
 * AWS_ENDPOINT_URL} come from the SDK's own chain.
 *
 * @param lambda functions
 * @param iam roles
 * @param logs log groups
 * @param cloudWatch alarms and the platform's metrics
 */
public record LambdaClients(
    LambdaClient lambda, IamClient iam, CloudWatchLogsClient logs, CloudWatchClient cloudWatch)
    implements AutoCloseable {
  /** Clients on the SDK's chain. */
  public static LambdaClients open() {
    return open(null, null);
  }

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   * @param credentials null for the chain's
   */
  public static LambdaClients open(
      @Nullable URI endpoint, @Nullable AwsCredentialsProvider credentials) {
    Region region = S3Clients.region();
    return new LambdaClients(
        // an upload of 50 MB, and an invocation that starts an instance
        built(LambdaClient.builder(), region, endpoint, credentials, Duration.ofSeconds(50)),
        built(IamClient.builder(), region, endpoint, credentials, Duration.ofSeconds(10)),
        built(
            CloudWatchLogsClient.builder(), region, endpoint, credentials, Duration.ofSeconds(10)),
        built(CloudWatchClient.builder(), region, endpoint, credentials, Duration.ofSeconds(10)));
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C built(
      B builder,
      Region region,
      @Nullable URI endpoint,
      @Nullable AwsCredentialsProvider credentials,
      Duration attempt) {
    builder
        .region(region)
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                // connecting takes milliseconds; what takes longer is down
                .connectionTimeout(Duration.ofSeconds(5))
                .socketTimeout(attempt))
        .overrideConfiguration(
            o ->
                o.apiCallAttemptTimeout(attempt)
                    .apiCallTimeout(attempt.plusSeconds(5))
                    .retryStrategy(
                        AwsRetryStrategy.forRetryMode(RetryMode.STANDARD).toBuilder()
                            // the activity's own retries come on top
                            .maxAttempts(3)
                            .build()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    if (credentials != null) {
      builder.credentialsProvider(credentials);
    }
    return builder.build();
  }

  @Override
  public void close() {
    lambda.close();
    iam.close();
    logs.close();
    cloudWatch.close();
  }
}
