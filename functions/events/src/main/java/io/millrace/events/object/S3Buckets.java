package io.millrace.events.object;

import io.millrace.events.event.EventInvalid;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Buckets of S3. Region and credentials are the function's own; {@code AWS_ENDPOINT_URL} leads to
 * an emulator, whose buckets are named by path.
 */
public final class S3Buckets implements Buckets {
  private final S3Client s3;

  /** Built once at cold start. */
  public static S3Buckets open(Map<String, String> environment) {
    boolean emulated =
        environment.containsKey("AWS_ENDPOINT_URL")
            || environment.containsKey("AWS_ENDPOINT_URL_S3");
    return new S3Buckets(
        S3Client.builder()
            .forcePathStyle(emulated)
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    // connecting takes milliseconds; what takes longer is down
                    .connectionTimeout(Duration.ofSeconds(3))
                    // silence on an open connection, not the length of a download
                    .socketTimeout(Duration.ofSeconds(20)))
            .build());
  }

  S3Buckets(S3Client s3) {
    this.s3 = s3;
  }

  @Override
  public Optional<byte[]> get(String bucket, String key) {
    return found(() -> s3.getObjectAsBytes(get -> get.bucket(bucket).key(key)).asByteArray());
  }

  @Override
  public InputStream open(String bucket, String key) {
    return found(() -> (InputStream) s3.getObject(get -> get.bucket(bucket).key(key)))
        .orElseThrow(
            () ->
                new EventInvalid(
                    "object: s3://" + bucket + "/" + key + " (expected: to be there)"));
  }

  @Override
  public Optional<Head> head(String bucket, String key) {
    return found(() -> s3.headObject(head -> head.bucket(bucket).key(key)))
        .map(head -> new Head(head.contentLength(), String.valueOf(head.eTag())));
  }

  @Override
  public boolean create(String bucket, String key, Path content) {
    return create(bucket, key, RequestBody.fromFile(content));
  }

  @Override
  public boolean create(String bucket, String key, byte[] content) {
    return create(bucket, key, RequestBody.fromBytes(content));
  }

  /** An answer that got lost is repeated and then refused; what lies there is ours all the same. */
  private boolean create(String bucket, String key, RequestBody content) {
    try {
      s3.putObject(put -> put.bucket(bucket).key(key).ifNoneMatch("*"), content);
      return true;
    } catch (S3Exception e) {
      if (e.statusCode() == 412) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public List<String> list(String bucket, String prefix) {
    return s3.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix)).contents().stream()
        .map(S3Object::key)
        .sorted()
        .toList();
  }

  private static <T> Optional<T> found(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (S3Exception e) {
      boolean noBucket =
          e.awsErrorDetails() != null && "NoSuchBucket".equals(e.awsErrorDetails().errorCode());
      if (e.statusCode() == 404 && !noBucket) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
