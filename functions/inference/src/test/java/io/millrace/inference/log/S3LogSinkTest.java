package io.millrace.inference.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

class S3LogSinkTest {
  private static final String KEY = "predictions/credit/1/dt=2026-01-01/hr=10/a b-1.jsonl.gz";
  private final Deque<Integer> statuses = new ArrayDeque<>();
  private final List<Put> puts = new ArrayList<>();
  private HttpServer s3;

  private record Put(String method, String path, Map<String, List<String>> headers, String body) {
    String header(String name) {
      return headers.entrySet().stream()
          .filter(h -> h.getKey().equalsIgnoreCase(name))
          .map(h -> h.getValue().getFirst())
          .findFirst()
          .orElse("");
    }
  }

  @BeforeEach
  void serve() throws IOException {
    s3 = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s3.createContext(
        "/",
        x -> {
          puts.add(
              new Put(
                  x.getRequestMethod(),
                  x.getRequestURI().getRawPath(),
                  Map.copyOf(x.getRequestHeaders()),
                  new String(x.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          x.sendResponseHeaders(statuses.isEmpty() ? 200 : statuses.poll(), -1);
          x.close();
        });
    s3.start();
  }

  @AfterEach
  void stop() {
    s3.stop(0);
  }

  private S3LogSink sink() {
    return S3LogSink.open(
        "s3://models/team-a",
        Map.of(
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:" + s3.getAddress().getPort(),
            "AWS_REGION",
            "eu-central-1"),
        StaticCredentialsProvider.create(AwsSessionCredentials.create("AKID", "secret", "token")));
  }

  @Test
  void write_putsTheObjectOnceSignedForItsRegion() {
    try (S3LogSink sink = sink()) {
      sink.write(KEY, "rows".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(puts).hasSize(1);
    Put put = puts.getFirst();
    assertThat(put.method()).isEqualTo("PUT");
    assertThat(put.path())
        .isEqualTo("/models/team-a/predictions/credit/1/dt%3D2026-01-01/hr%3D10/a%20b-1.jsonl.gz");
    assertThat(put.body()).isEqualTo("rows");
    assertThat(put.header("If-None-Match")).isEqualTo("*");
    assertThat(put.header("x-amz-security-token")).isEqualTo("token");
    assertThat(put.header("Authorization"))
        .startsWith("AWS4-HMAC-SHA256 Credential=AKID/")
        .contains("/eu-central-1/s3/aws4_request")
        .contains("if-none-match")
        .doesNotContain("secret");
  }

  @Test
  void write_ofWhatIsThereAlready_isSuccess() {
    statuses.add(412);
    try (S3LogSink sink = sink()) {
      sink.write(KEY, new byte[] {1});
    }
    assertThat(puts).hasSize(1);
  }

  @Test
  void write_thatIsRefused_saysWhatAndWhere() {
    statuses.add(403);
    try (S3LogSink sink = sink()) {
      assertThatThrownBy(() -> sink.write(KEY, new byte[] {1}))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage("s3://models/team-a/" + KEY + " not written")
          .rootCause()
          .hasMessageStartingWith("HTTP 403");
    }
  }

  @Test
  void open_ofAnythingElse_isRefused() {
    assertThatThrownBy(() -> S3LogSink.open("s3:/models", Map.of()))
        .hasMessage("log: s3:/models (expected: s3://bucket/prefix)");
    assertThatThrownBy(() -> LogSinks.open("ftp://models", Map.of()))
        .hasMessage("log: ftp://models (expected: file:/dir or s3://bucket/prefix)");
    assertThat(LogSinks.open("file:/tmp/log", Map.of())).isInstanceOf(FileLogSink.class);
  }

  @Test
  void write_withoutASessionToken_sendsNone() {
    try (S3LogSink sink =
        S3LogSink.open(
            "s3://models",
            Map.of(
                "AWS_ENDPOINT_URL_S3",
                "http://127.0.0.1:" + s3.getAddress().getPort() + "/",
                "AWS_DEFAULT_REGION",
                "us-east-1"),
            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKID", "secret")))) {
      sink.write("predictions/x.json", new byte[] {1});
    }
    assertThat(puts.getFirst().path()).isEqualTo("/models/predictions/x.json");
    assertThat(puts.getFirst().header("x-amz-security-token")).isEmpty();
    assertThat(puts.getFirst().header("Content-Type")).isEqualTo("application/json");
  }
}
