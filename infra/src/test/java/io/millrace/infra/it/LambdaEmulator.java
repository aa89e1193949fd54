package io.millrace.infra.it;

import io.millrace.activities.deploy.lambda.LambdaClients;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Store;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** LocalStack that runs functions, with the clients a target takes. */
final class LambdaEmulator implements AutoCloseable {
  private final LocalStack aws = LocalStack.startWithLambda();
  private final AtomicInteger buckets = new AtomicInteger();
  private final LambdaClients clients =
      LambdaClients.open(
          aws.endpoint(),
          StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));

  LocalStack aws() {
    return aws;
  }

  LambdaClients clients() {
    return clients;
  }

  /** The name of a new bucket. */
  String bucket() {
    String bucket = "models-" + buckets.incrementAndGet();
    try (S3Client s3 = aws.s3()) {
      s3.createBucket(r -> r.bucket(bucket));
    }
    return bucket;
  }

  /** A store in a bucket. */
  ObjectStore store(String bucket) {
    return new S3Store(aws.s3(), bucket, "team");
  }

  @Override
  public void close() {
    clients.close();
    aws.close();
  }
}
