package io.millrace.activities.deploy.lambda;

import io.millrace.activities.aws.AwsClients;
import io.millrace.inference.client.RequestSigner;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;

/**
 * Signs calls of function URLs whose {@code auth} is {@code iam}: Signature Version 4 for the
 * service {@code lambda}, in the region of the URL's host. Thread-safe.
 */
public final class FunctionUrlSigner implements RequestSigner {
  private final AwsCredentialsProvider credentials;

  /** With the credentials of the SDK's own chain. */
  public FunctionUrlSigner() {
    this(DefaultCredentialsProvider.builder().build());
  }

  FunctionUrlSigner(AwsCredentialsProvider credentials) {
    this.credentials = credentials;
  }

  /** Whether it is the URL of a function. */
  public static boolean knows(URI uri) {
    return region(uri) != null;
  }

  /** {@code https://<id>.lambda-url.<region>.on.aws}, or an emulator's with its own end. */
  private static @Nullable String region(URI uri) {
    String[] labels = String.valueOf(uri.getHost()).split("\\.");
    return labels.length > 2 && labels[1].equals("lambda-url") ? labels[2] : null;
  }

  /** Names in lower case. */
  @Override
  public Map<String, String> headers(String method, URI uri, byte[] body) {
    String region = region(uri);
    SdkHttpRequest plain =
        SdkHttpFullRequest.builder().method(SdkHttpMethod.fromValue(method)).uri(uri).build();
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                sign ->
                    sign.identity(credentials.resolveCredentials())
                        .request(plain)
                        .payload(() -> new ByteArrayInputStream(body))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "lambda")
                        .putProperty(
                            AwsV4HttpSigner.REGION_NAME,
                            region == null ? AwsClients.region().id() : region))
            .request();
    Map<String, String> headers = new TreeMap<>();
    signed
        .headers()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              // the client says the host itself
              if (!lower.equals("host") && !lower.equals("content-length")) {
                headers.put(lower, values.getFirst());
              }
            });
    return headers;
  }
}
