package io.millrace.activities.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Ec2Exception;

class AwsClientsTest {
  private static Ec2Client client(AwsBounds bounds, int port) {
    return AwsClients.built(
        Ec2Client.builder()
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"))),
        bounds,
        URI.create("http://127.0.0.1:" + port));
  }

  @Test
  void built_forAServiceThatIsDown_triesAsOftenAsItMay() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(503, -1);
          exchange.close();
        });
    server.start();
    AwsBounds bounds = AwsBounds.ofCall(Duration.ofSeconds(20), Duration.ofSeconds(60), 3);
    try (Ec2Client ec2 = client(bounds, server.getAddress().getPort())) {
      assertThatThrownBy(ec2::describeRegions).isInstanceOf(Ec2Exception.class);
    } finally {
      server.stop(0);
    }
    assertThat(asked).hasValue(3);
  }

  @Test
  void built_forAServiceThatIsSilent_stopsWaiting() throws IOException {
    // it takes the connection and never says a word
    try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      Duration little = Duration.ofMillis(200);
      try (Ec2Client ec2 = client(AwsBounds.ofSilence(little, 1), silent.getLocalPort())) {
        assertThatThrownBy(ec2::describeRegions)
            .isInstanceOf(SdkClientException.class)
            .hasRootCauseInstanceOf(java.net.SocketTimeoutException.class);
      }
      AwsBounds bounds = new AwsBounds(Duration.ofMinutes(5), little, Duration.ofMinutes(5), 1);
      try (Ec2Client ec2 = client(bounds, silent.getLocalPort())) {
        assertThatThrownBy(ec2::describeRegions).isInstanceOf(ApiCallAttemptTimeoutException.class);
      }
    }
  }

  @Test
  void bounds_thatBoundNothing_areRefused() {
    assertThatThrownBy(() -> AwsBounds.ofSilence(Duration.ZERO, 1))
        .hasMessage("silence: PT0S (expected: > 0)");
    assertThatThrownBy(() -> AwsBounds.ofSilence(Duration.ofSeconds(1), 0))
        .hasMessage("tries: 0 (expected: > 0)");
    assertThatThrownBy(() -> AwsBounds.ofCall(Duration.ofSeconds(2), Duration.ofSeconds(1), 1))
        .hasMessage("call: PT1S (expected: at least the attempt's PT2S)");
  }
}
