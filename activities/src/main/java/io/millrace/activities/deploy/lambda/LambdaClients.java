package io.millrace.activities.deploy.lambda;

import io.millrace.activities.aws.AwsBounds;
import io.millrace.activities.aws.AwsClients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
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
  /** An upload of 50 MB, and an invocation that starts an instance. */
  private static final AwsBounds FUNCTIONS =
      AwsBounds.ofCall(Duration.ofSeconds(50), Duration.ofSeconds(55), 3);

  private static final AwsBounds QUESTIONS =
      AwsBounds.ofCall(Duration.ofSeconds(10), Duration.ofSeconds(15), 3);

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
    return new LambdaClients(
        built(LambdaClient.builder(), FUNCTIONS, endpoint, credentials),
        built(IamClient.builder(), QUESTIONS, endpoint, credentials),
        built(CloudWatchLogsClient.builder(), QUESTIONS, endpoint, credentials),
        built(CloudWatchClient.builder(), QUESTIONS, endpoint, credentials));
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C built(
      B builder,
      AwsBounds bounds,
      @Nullable URI endpoint,
      @Nullable AwsCredentialsProvider credentials) {
    return AwsClients.built(
        credentials == null ? builder : builder.credentialsProvider(credentials), bounds, endpoint);
  }

  @Override
  public void close() {
    lambda.close();
    iam.close();
    logs.close();
    cloudWatch.close();
  }
}
