package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Fetches {@code s3://bucket/key}, or every object of the format under {@code s3://bucket/key/}, or
 * those that a pattern names.
 */
final class S3Source {
  private final Supplier<S3Client> client;

  S3Source(Supplier<S3Client> client) {
    this.client = client;
  }

  List<Staging.Fetched> fetch(String location, String format, Path folder) throws IOException {
    String rest = location.substring("s3://".length());
    int slash = rest.indexOf('/');
    if (slash < 1 || slash == rest.length() - 1) {
      throw unreadable(location, "s3://bucket/key");
    }
    String bucket = rest.substring(0, slash);
    String key = rest.substring(slash + 1);
    try {
      S3Client s3 = client.get();
      boolean pattern = Locations.pattern(key);
      String prefix = pattern ? Locations.base(key) : key;
      List<String> keys =
          pattern
              ? keys(s3, bucket, prefix, below(key))
              : key.endsWith("/")
                  ? keys(s3, bucket, key, one -> Locations.fits(one, format))
                  : List.of(key);
      if (keys.isEmpty()) {
        throw unreadable(location, format + " objects under it");
      }
      List<Staging.Fetched> fetched = new ArrayList<>();
      for (String one : keys) {
        String name =
            one.substring(
                pattern || key.endsWith("/") ? prefix.length() : key.lastIndexOf('/') + 1);
        fetched.add(object(s3, bucket, one, name, folder.resolve("source-" + fetched.size())));
      }
      return fetched;
    } catch (S3Exception e) {
      if (e.statusCode() >= 400
          && e.statusCode() < 500
          && e.statusCode() != 408
          && e.statusCode() != 429) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            e,
            "source: " + location + " answered " + e.statusCode() + " (expected: 200)");
      }
      throw unavailable(location, e);
    } catch (SdkException e) {
      throw unavailable(location, e);
    }
  }

  private static Staging.Fetched object(
      S3Client s3, String bucket, String key, String name, Path target) throws IOException {
    try (ResponseInputStream<GetObjectResponse> in =
        s3.getObject(get -> get.bucket(bucket).key(key))) {
      long expected = in.response().contentLength();
      long got = copy(in, target);
      if (got != expected) {
        throw Failures.of(
            FailureType.SOURCE_UNAVAILABLE,
            "source: s3://%s/%s ended at %d bytes (expected: %d)"
                .formatted(bucket, key, got, expected));
      }
      return new Staging.Fetched(target, name, in.response().lastModified());
    }
  }

  private static long copy(InputStream in, Path target) {
    try {
      return Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.SOURCE_UNAVAILABLE, e, "source: the download broke off (expected: whole)");
    }
  }

  private static Predicate<String> below(String pattern) {
    String base = Locations.base(pattern);
    Pattern below = Locations.below(pattern);
    return key -> below.matcher(key.substring(base.length())).matches();
  }

  private static List<String> keys(
      S3Client s3, String bucket, String prefix, Predicate<String> wanted) {
    return s3.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix)).contents().stream()
        .map(S3Object::key)
        .filter(wanted)
        .sorted()
        .toList();
  }

  private static RuntimeException unreadable(String location, String expected) {
    return Failures.of(
        FailureType.DATA_UNREADABLE, "source: " + location + " (expected: " + expected + ")");
  }

  private static RuntimeException unavailable(String location, Exception cause) {
    return Failures.of(
        FailureType.SOURCE_UNAVAILABLE,
        cause,
        "source: " + location + " does not answer (expected: 200): " + cause.getMessage());
  }
}
