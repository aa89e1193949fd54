package io.millrace.inference.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * A bucket as the log's sink: one PUT with {@code If-None-Match: *} per object, signed with version
 * 4 ("Authenticating Requests", Amazon S3 API reference). It may do no more than {@code
 * s3:PutObject} below its prefix. Credentials come from the SDK's own chain. Nothing is loaded or
 * connected before the first write, so that a function's first answer does not wait for it.
 * Thread-safe.
 */
public final class S3LogSink implements LogSink, AutoCloseable {
  /** Connecting takes milliseconds; what takes longer is down. */
  private static final Duration CONNECT = Duration.ofSeconds(2);

  /** A part is far below a megabyte. */
  private static final Duration PUT = Duration.ofSeconds(10);

  /** The client sets them itself. */
  private static final Set<String> OWN = Set.of("host", "content-length");

  private final String bucket;
  private final String prefix;
  private final @Nullable URI endpoint;
  private final @Nullable String region;
  private final @Nullable AwsCredentialsProvider given;
  private @Nullable Connection connection;

  /** What the first write makes. */
  private record Connection(
      HttpClient http, AwsCredentialsProvider credentials, String region, URI root) {}

  private S3LogSink(
      String bucket,
      String prefix,
      @Nullable URI endpoint,
      @Nullable String region,
      @Nullable AwsCredentialsProvider given) {
    this.bucket = bucket;
    this.prefix = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    this.endpoint = endpoint;
    this.region = region;
    this.given = given;
  }

  /**
   * @param uri {@code s3://bucket/prefix}; the prefix may be absent
   * @param environment of the process: {@code AWS_REGION} or {@code AWS_DEFAULT_REGION}, else the
   *     SDK's chain; {@code AWS_ENDPOINT_URL_S3} or {@code AWS_ENDPOINT_URL} for another endpoint
   *     than AWS's own, which is addressed by path
   * @throws IllegalArgumentException for any other URI
   */
  public static S3LogSink open(String uri, Map<String, String> environment) {
    return open(uri, environment, null);
  }

  /**
   * @param credentials null for the SDK's chain
   */
  static S3LogSink open(
      String uri, Map<String, String> environment, @Nullable AwsCredentialsProvider credentials) {
    String rest = uri.startsWith("s3://") ? uri.substring("s3://".length()) : "";
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
      throw new IllegalArgumentException("log: " + uri + " (expected: s3://bucket/prefix)");
    }
    String endpoint = first(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
    return new S3LogSink(
        bucket,
        slash < 0 ? "" : rest.substring(slash + 1),
        endpoint == null ? null : URI.create(endpoint),
        first(environment, "AWS_REGION", "AWS_DEFAULT_REGION"),
        credentials);
  }

  private static @Nullable String first(Map<String, String> environment, String... names) {
    for (String name : names) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return null;
  }

  /** What is there already is an earlier try of ours: keys carry a mark made at random. */
  @Override
  public void write(String key, byte[] content) {
    Connection open = connection();
    try {
      HttpResponse<String> answer =
          open.http().send(request(open, key, content), HttpResponse.BodyHandlers.ofString());
      int status = answer.statusCode();
      if (status / 100 != 2 && status != 412) {
        throw new IOException(
            "HTTP "
                + status
                + " "
                + answer.body().substring(0, Math.min(300, answer.body().length())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("s3://" + bucket + "/" + prefix + key + " not written", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  private HttpRequest request(Connection open, String key, byte[] content) {
    SdkHttpRequest plain =
        SdkHttpFullRequest.builder()
            .method(SdkHttpMethod.PUT)
            .uri(URI.create(open.root() + encoded(prefix + key)))
            .putHeader("If-None-Match", "*")
            .putHeader("Content-Type", type(key))
            .build();
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                sign ->
                    sign.identity(open.credentials().resolveCredentials())
                        .request(plain)
                        .payload(() -> new ByteArrayInputStream(content))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, open.region())
                        // a key's slashes are its own
                        .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false))
            .request();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(signed.getUri())
            .timeout(PUT)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(content));
    for (Map.Entry<String, List<String>> header : signed.headers().entrySet()) {
      if (!OWN.contains(header.getKey().toLowerCase(java.util.Locale.ROOT))) {
        header.getValue().forEach(value -> request.header(header.getKey(), value));
      }
    }
    return request.build();
  }

  private static String type(String key) {
    return key.endsWith(".json") ? "application/json" : "application/gzip";
  }

  private static String encoded(String key) {
    return List.of(key.split("/", -1)).stream()
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private synchronized Connection connection() {
    if (connection == null) {
      String name =
          region != null
              ? region
              : DefaultAwsRegionProviderChain.builder().build().getRegion().id();
      connection =
          new Connection(
              HttpClient.newBuilder()
                  .version(HttpClient.Version.HTTP_1_1)
                  .connectTimeout(CONNECT)
                  .build(),
              given != null ? given : DefaultCredentialsProvider.builder().build(),
              name,
              root(name));
    }
    return connection;
  }

  /** Ends with a slash. A bucket with dots has no certificate of its own. */
  private URI root(String name) {
    if (endpoint != null) {
      String text = endpoint.toString();
      return URI.create((text.endsWith("/") ? text : text + "/") + bucket + "/");
    }
    String host = "s3." + name + "." + Region.of(name).metadata().partition().dnsSuffix();
    return URI.create(
        bucket.contains(".")
            ? "https://" + host + "/" + bucket + "/"
            : "https://" + bucket + "." + host + "/");
  }

  @Override
  public synchronized void close() {
    if (connection != null) {
      connection.http().shutdownNow();
      connection.http().close();
      connection = null;
    }
  }
}
