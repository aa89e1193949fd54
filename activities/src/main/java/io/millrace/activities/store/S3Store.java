package io.millrace.activities.store;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * A store in a bucket. Creation is a PUT (or the completion of a multipart upload) with {@code
 * If-None-Match: *}.
 *
 * <p>An answer that got lost is repeated by the SDK and then refused with 412 although it was we
 * who created: each write carries a random mark, which tells the two apart.
 */
public final class S3Store implements ObjectStore {
  private static final String MARK = "millrace-write";

  /** Downloads that break off are begun again this often. */
  private static final int TRIES = 3;

  /** A creation that runs against another unfinished one is answered 409: try again. */
  private static final int CONFLICTS = 20;

  private final S3Client s3;
  private final String bucket;
  private final String prefix;
  private final S3Multipart multipart;

  /**
   * @param s3 closed with the store
   * @param prefix of every key; may be empty
   */
  public S3Store(S3Client s3, String bucket, String prefix) {
    this.s3 = s3;
    this.bucket = bucket;
    this.prefix = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    this.multipart = new S3Multipart(s3, bucket);
    Keys.prefix(this.prefix);
  }

  /** {@code STORE_UNAVAILABLE} when the bucket is not there or does not answer. */
  public void check() {
    guarded("", () -> s3.headBucket(head -> head.bucket(bucket)));
  }

  @Override
  public Optional<byte[]> get(String key) {
    return found(
        key, () -> s3.getObjectAsBytes(get -> get.bucket(bucket).key(full(key))).asByteArray());
  }

  @Override
  public InputStream open(String key) {
    return found(key, () -> s3.getObject(get -> get.bucket(bucket).key(full(key))))
        .orElseThrow(() -> notFound(key));
  }

  @Override
  public void fetch(String key, Path target) {
    Path part = target.resolveSibling(target.getFileName() + ".tmp-" + UUID.randomUUID());
    try {
      Files.createDirectories(target.toAbsolutePath().getParent());
      for (int i = 1; ; i++) {
        try {
          download(key, part);
          break;
        } catch (IOException | SdkException e) {
          if (i == TRIES) {
            throw unavailable(key, e);
          }
        }
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unavailable(key, e);
    } finally {
      part.toFile().delete();
    }
  }

  private void download(String key, Path part) throws IOException {
    try (ResponseInputStream<GetObjectResponse> in =
        found(key, () -> s3.getObject(get -> get.bucket(bucket).key(full(key))))
            .orElseThrow(() -> notFound(key))) {
      long got = Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      if (got != in.response().contentLength()) {
        throw new IOException(got + " of " + in.response().contentLength() + " bytes");
      }
    }
  }

  @Override
  public Optional<Long> sizeBytes(String key) {
    return found(
        key, () -> s3.headObject(head -> head.bucket(bucket).key(full(key))).contentLength());
  }

  @Override
  public boolean create(String key, byte[] content) {
    return create(key, content.length, RequestBody.fromBytes(content), null);
  }

  @Override
  public boolean create(String key, Path content) {
    long size = size(key, content);
    return S3Multipart.needed(size)
        ? create(key, size, null, content)
        : create(key, size, RequestBody.fromFile(content), null);
  }

  private boolean create(String key, long size, @Nullable RequestBody body, @Nullable Path file) {
    Map<String, String> mark = Map.of(MARK, UUID.randomUUID().toString());
    // spares the upload of what is there already; the condition decides all the same
    if (sizeBytes(key).isPresent()) {
      return false;
    }
    for (int i = 1; ; i++) {
      try {
        if (body != null) {
          s3.putObject(
              put -> put.bucket(bucket).key(full(key)).metadata(mark).ifNoneMatch("*"), body);
        } else if (file != null) {
          multipart.upload(full(key), file, size, mark, true);
        }
        return true;
      } catch (S3Exception e) {
        if (e.statusCode() == 412) {
          return found(key, () -> s3.headObject(head -> head.bucket(bucket).key(full(key))))
              .map(head -> mark.equals(head.metadata()))
              .orElse(false);
        }
        if (e.statusCode() != 409 || i == CONFLICTS) {
          throw unavailable(key, e);
        }
      } catch (SdkException | IOException e) {
        throw unavailable(key, e);
      }
    }
  }

  @Override
  public void put(String key, byte[] content) {
    guarded(
        key,
        () ->
            s3.putObject(put -> put.bucket(bucket).key(full(key)), RequestBody.fromBytes(content)));
  }

  @Override
  public void put(String key, Path content) {
    long size = size(key, content);
    if (!S3Multipart.needed(size)) {
      guarded(key, () -> s3.putObject(put -> put.bucket(bucket).key(full(key)), content));
      return;
    }
    try {
      multipart.upload(full(key), content, size, Map.of(), false);
    } catch (SdkException | IOException e) {
      throw unavailable(key, e);
    }
  }

  @Override
  public List<String> list(String keyPrefix) {
    Keys.prefix(keyPrefix);
    return guarded(
        keyPrefix,
        () ->
            s3
                .listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix + keyPrefix))
                .contents()
                .stream()
                .map(S3Object::key)
                .filter(key -> !key.endsWith("/"))
                .map(key -> key.substring(prefix.length()))
                .sorted()
                .toList());
  }

  @Override
  public void delete(String key) {
    guarded(key, () -> s3.deleteObject(delete -> delete.bucket(bucket).key(full(key))));
  }

  @Override
  public String location(String key) {
    return "s3://" + bucket + "/" + prefix + key;
  }

  @Override
  public URI link(String key, Duration valid) {
    return guarded(
        key,
        () -> {
          try (S3Presigner presigner = S3Clients.presigner(s3)) {
            return URI.create(
                presigner
                    .presignGetObject(
                        sign ->
                            sign.signatureDuration(valid)
                                .getObjectRequest(get -> get.bucket(bucket).key(full(key))))
                    .url()
                    .toString());
          }
        });
  }

  @Override
  public String uri() {
    return "s3://"
        + bucket
        + (prefix.isEmpty() ? "" : "/" + prefix.substring(0, prefix.length() - 1));
  }

  @Override
  public void close() {
    s3.close();
  }

  private String full(String key) {
    return prefix + Keys.checked(key);
  }

  private long size(String key, Path content) {
    try {
      return Files.size(content);
    } catch (IOException e) {
      throw unavailable(key, e);
    }
  }

  private <T> Optional<T> found(String key, Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (S3Exception e) {
      boolean bucketMissing =
          e.awsErrorDetails() != null && "NoSuchBucket".equals(e.awsErrorDetails().errorCode());
      if (e.statusCode() == 404 && !bucketMissing) {
        return Optional.empty();
      }
      throw unavailable(key, e);
    } catch (SdkException e) {
      throw unavailable(key, e);
    }
  }

  private <T> T guarded(String key, Supplier<T> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw unavailable(key, e);
    }
  }

  private RuntimeException notFound(String key) {
    return Failures.of(
        FailureType.NOT_FOUND, "object: " + location(key) + " (expected: to be there)");
  }

  private RuntimeException unavailable(String key, Exception cause) {
    return Failures.of(
        FailureType.STORE_UNAVAILABLE,
        cause,
        "store: " + location(key) + " (expected: to answer): " + cause.getMessage());
  }
}
