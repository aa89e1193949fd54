package io.millrace.activities.query;

import io.millrace.activities.store.S3Clients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * S3, Glue and Athena of MiniStack as {@code infra/local/images} makes it: queries run, on DuckDB
 * with Trino's names of functions. What it is not is Trino, which is why the SQL is also held
 * against Trino's own grammar.
 */
public final class AthenaEmulator implements AutoCloseable {
  /** Holds the store and the answers. */
  public static final String BUCKET = "millrace";

  /** Of tables. */
  public static final String DATABASE = "millrace_it";

  private final GenericContainer<?> container =
      new GenericContainer<>(
              DockerImageName.parse(
                  System.getenv()
                      .getOrDefault("MILLRACE_MINISTACK_IMAGE", "millrace/ministack:1.5.33")))
          .withExposedPorts(4566)
          .waitingFor(Wait.forHttp("/_ministack/health").forPort(4566).forStatusCode(200));

  private AthenaEmulator() {}

  /** Starts one, with a bucket and a database. */
  public static AthenaEmulator start() throws IOException, InterruptedException {
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    System.setProperty("aws.region", "us-east-1");
    AthenaEmulator emulator = new AthenaEmulator();
    emulator.container.start();
    try (S3Client s3 = emulator.s3()) {
      s3.createBucket(create -> create.bucket(BUCKET));
    }
    // one call does not pay for Glue's whole client
    HttpRequest create =
        HttpRequest.newBuilder(emulator.endpoint())
            .timeout(Duration.ofSeconds(10))
            .header("X-Amz-Target", "AWSGlue.CreateDatabase")
            .header("Content-Type", "application/x-amz-json-1.1")
            .header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/glue/aws4_request,"
                    + " SignedHeaders=host, Signature=0")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"DatabaseInput\":{\"Name\":\"" + DATABASE + "\"}}"))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = http.send(create, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IllegalStateException("glue: " + answer.statusCode() + " " + answer.body());
      }
    }
    return emulator;
  }

  /** Where it answers. */
  public URI endpoint() {
    return URI.create("http://" + container.getHost() + ":" + container.getMappedPort(4566));
  }

  public S3Client s3() {
    return S3Clients.open(endpoint());
  }

  public AthenaClient athena() {
    return AthenaEngine.client(endpoint());
  }

  /** Answers go beside the store. */
  public AthenaSettings settings() {
    return new AthenaSettings(
        "primary",
        "AwsDataCatalog",
        DATABASE,
        "s3://" + BUCKET + "/answers/",
        Duration.ofSeconds(60));
  }

  /** What it logged, of queries and the files they read. */
  public String logs() {
    return container.getLogs();
  }

  @Override
  public void close() {
    container.stop();
  }
}
