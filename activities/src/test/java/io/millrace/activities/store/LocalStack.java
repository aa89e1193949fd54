package io.millrace.activities.store;

import java.net.URI;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.s3.S3Client;

/** One LocalStack container per class of tests; close it. */
public final class LocalStack implements AutoCloseable {
  private static final int FUNCTION_URLS = 4567;

  private final LocalStackContainer container;

  private LocalStack(LocalStackContainer container) {
    this.container = container;
  }

  /** S3 and EC2. */
  public static LocalStack start() {
    return start("s3", "ec2");
  }

  public static LocalStack start(String... services) {
    return start(container().withServices(services));
  }

  /** With functions that run in containers beside it. */
  public static LocalStack startWithLambda() {
    LocalStackContainer container =
        container()
            .withServices("s3", "lambda", "iam", "sts", "logs", "cloudwatch")
            // an instance that has nothing to do is ended soon after a test
            .withEnv("LAMBDA_KEEPALIVE_MS", "120000")
            .withEnv("OFFLINE_FUNCTION_URL_PORT", Integer.toString(FUNCTION_URLS));
    container.addExposedPort(FUNCTION_URLS);
    return start(container);
  }

  private static LocalStack start(LocalStackContainer container) {
    container.start();
    return new LocalStack(container);
  }

  /** The image is a setting: {@code MILLRACE_LOCALSTACK_IMAGE}, as property or environment. */
  private static LocalStackContainer container() {
    String set = System.getProperty("MILLRACE_LOCALSTACK_IMAGE");
    String image = set == null ? System.getenv("MILLRACE_LOCALSTACK_IMAGE") : set;
    return new LocalStackContainer(
        DockerImageName.parse(image == null ? "millrace/localstack:4.14.0" : image)
            .asCompatibleSubstituteFor("localstack/localstack"));
  }

  public URI endpoint() {
    return container.getEndpoint();
  }

  /** The door that answers function URLs alone, at a fraction of what {@link #endpoint} takes. */
  public URI functionUrls() {
    return URI.create(
        "http://%s:%d".formatted(container.getHost(), container.getMappedPort(FUNCTION_URLS)));
  }

  public S3Client s3() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .forcePathStyle(true)
        .region(Region.US_EAST_1)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  /** Any other client of this LocalStack. */
  public <C, B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>> C client(B builder) {
    return builder
        .endpointOverride(endpoint())
        .region(Region.US_EAST_1)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  public Ec2Client ec2() {
    return ec2(endpoint());
  }

  /** A client of another endpoint with the same credentials. */
  public static Ec2Client ec2(URI endpoint) {
    return Ec2Client.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  /** Told to end before it is ended, so that it takes its functions' containers with it. */
  @Override
  public void close() {
    container.getDockerClient().stopContainerCmd(container.getContainerId()).withTimeout(20).exec();
    container.stop();
  }
}
