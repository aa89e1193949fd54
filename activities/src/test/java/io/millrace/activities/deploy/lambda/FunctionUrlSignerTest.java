package io.millrace.activities.deploy.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

class FunctionUrlSignerTest {
  private static final URI URL =
      URI.create("https://abc.lambda-url.eu-central-1.on.aws/invocations");

  @Test
  void headers_signForLambdaInTheRegionOfTheUrl() {
    FunctionUrlSigner signer =
        new FunctionUrlSigner(
            StaticCredentialsProvider.create(
                AwsSessionCredentials.create("AKID", "secret", "token")));
    Map<String, String> headers =
        signer.headers("POST", URL, "{}".getBytes(StandardCharsets.UTF_8));
    assertThat(headers.get("authorization"))
        .startsWith("AWS4-HMAC-SHA256 Credential=AKID/")
        .contains("/eu-central-1/lambda/aws4_request")
        .contains("SignedHeaders=host;")
        .doesNotContain("secret");
    assertThat(headers).containsEntry("x-amz-security-token", "token").containsKey("x-amz-date");
    assertThat(headers).doesNotContainKeys("host", "content-length");
    assertThat(signer.headers("POST", URL, "[]".getBytes(StandardCharsets.UTF_8)))
        .isNotEqualTo(headers);
  }

  @Test
  void knows_functionUrlsOnly() {
    assertThat(FunctionUrlSigner.knows(URL)).isTrue();
    assertThat(
            FunctionUrlSigner.knows(
                URI.create("http://x.lambda-url.us-east-1.localhost.localstack.cloud:4566")))
        .isTrue();
    assertThat(FunctionUrlSigner.knows(URI.create("http://127.0.0.1:20000"))).isFalse();
  }
}
