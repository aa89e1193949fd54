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
  private final LocalStackContainer container;

  private LocalStack(LocalStackContainer container) {
    this.container = container;
  }

  /** S3 and EC2. */
  public static LocalStack start() {
    return start("s3", "ec2");
  }

  /** The image is a setting: {@code MILLRACE_LOCALSTACK_IMAGE}, as property or environment. */
  public static LocalStack start(String... services) {
    String set = System.getProperty("MILLRACE_LOCALSTACK_IMAGE");
    String image = set == null ? System.getenv("MILLRACE_LOCALSTACK_IMAGE") : set;
    LocalStackContainer container =
        new LocalStackContainer(
                DockerImageName.parse(image == null ? "millrace/localstack:4.14.0" : image)
                    .asCompatibleSubstituteFor("localstack/localstack"))
            .withServices(services);
    container.start();
    return new LocalStack(container);
  }

  public URI endpoint() {
    return container.getEndpoint();
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

  @Override
  public void close() {
    container.stop();
  }
}
