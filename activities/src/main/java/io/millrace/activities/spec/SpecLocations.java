package io.millrace.activities.spec;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Fetches the bytes of a spec; one byte more than allowed at most. What is not there is {@code
 * CONFIG_INVALID}, what does not answer {@code SOURCE_UNAVAILABLE}.
 */
final class SpecLocations {
  private static final int MOST = SpecTree.MAX_BYTES + 1;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final Supplier<S3Client> s3;

  SpecLocations(Supplier<S3Client> s3) {
    this.s3 = s3;
  }

  byte[] read(String location) {
    String lower = location.toLowerCase(Locale.ROOT);
    if (lower.startsWith("http://") || lower.startsWith("https://")) {
      return http(location);
    }
    if (lower.startsWith("s3://")) {
      return s3(location);
    }
    if (location.matches("[A-Za-z][A-Za-z0-9+.-]+://.*") && !lower.startsWith("file:")) {
      throw missing(location, null, "a path, file:, s3:// or http(s):// address");
    }
    return file(location, lower.startsWith("file:"));
  }

  private static byte[] file(String location, boolean uri) {
    try {
      Path path = uri ? filePath(location) : Path.of(location);
      if (!Files.isRegularFile(path)) {
        throw missing(location, null, "a file");
      }
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(MOST);
      }
    } catch (InvalidPathException | IOException e) {
      throw missing(location, e, "a file that can be read");
    }
  }

  /** {@code file:/a}, {@code file:///a} and {@code file:a}; no escapes, as people write paths. */
  private static Path filePath(String location) {
    String rest = location.substring("file:".length());
    return Path.of(rest.startsWith("///") ? rest.substring(2) : rest);
  }

  private static byte[] http(String location) {
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(location)).timeout(PATIENCE).GET().build();
      HttpResponse<InputStream> answer =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        if (answer.statusCode() == 200) {
          return body.readNBytes(MOST);
        }
        if (answer.statusCode() >= 500 || answer.statusCode() == 429) {
          throw unavailable(location, null, "answered " + answer.statusCode());
        }
        throw missing(location, null, "200, not " + answer.statusCode());
      } finally {
        client.shutdownNow();
      }
    } catch (IllegalArgumentException e) {
      throw missing(location, e, "an address");
    } catch (IOException e) {
      throw unavailable(location, e, "does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(location, e, "was interrupted");
    }
  }

  private byte[] s3(String location) {
    String rest = location.substring("s3://".length());
    int slash = rest.indexOf('/');
    if (slash < 1 || slash == rest.length() - 1) {
      throw missing(location, null, "s3://bucket/key");
    }
    try (InputStream in =
        s3.get()
            .getObject(g -> g.bucket(rest.substring(0, slash)).key(rest.substring(slash + 1)))) {
      return in.readNBytes(MOST);
    } catch (S3Exception e) {
      if (e.statusCode() >= 400 && e.statusCode() < 500 && e.statusCode() != 429) {
        throw missing(location, e, "200, not " + e.statusCode());
      }
      throw unavailable(location, e, "answered " + e.statusCode());
    } catch (SdkException | IOException e) {
      throw unavailable(location, e, "does not answer");
    }
  }

  private static RuntimeException missing(
      String location, @Nullable Exception cause, String expected) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        cause,
        "location: " + shown(location) + " (expected: " + expected + ")");
  }

  private static RuntimeException unavailable(
      String location, @Nullable Exception cause, String what) {
    return Failures.of(
        FailureType.SOURCE_UNAVAILABLE,
        cause,
        "location: " + shown(location) + " " + what + " (expected: 200)");
  }

  /** Without a user, password or query, which may be secret. */
  private static String shown(String location) {
    return location.replaceAll("//[^/@]*@", "//***@").replaceAll("\\?.*", "?***");
  }
}
