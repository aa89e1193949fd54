package io.millrace.activities.deploy.docker;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.ReplicaStats;
import io.millrace.activities.deploy.Target.Seen;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Asks the replicas what they answered, on the endpoint's own network. Thread-safe. */
final class ReplicaClient {
  /** A server answers this from memory; longer means that it hangs. */
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  /**
   * @param failures requests the proxy could not get an answer for, of a replica that died since:
   *     they are errors that the replica itself never counted
   */
  record Asked(Replica replica, long failures) {}

  /**
   * What the versions answered, replicas added up.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} when there are
   *     replicas and none of them answers
   */
  List<Seen> seen(Endpoint endpoint, List<Asked> all, Instant since) {
    List<Seen> seen = new ArrayList<>();
    String problem = "";
    int answered = 0;
    for (Asked asked : all) {
      if (asked.failures() > 0) {
        seen.add(
            new Seen(
                asked.replica().version(),
                false,
                asked.failures(),
                asked.failures(),
                null,
                null,
                new double[0],
                new long[0]));
      }
      try {
        seen.addAll(stats(asked.replica(), since));
        answered++;
      } catch (IOException e) {
        problem = asked.replica().server() + ": " + e;
      }
    }
    if (answered == 0 && !all.isEmpty()) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          "statistics of " + endpoint.name() + ": " + problem + " (expected: an answer)");
    }
    return ReplicaStats.sum(seen);
  }

  private List<Seen> stats(Replica replica, Instant since) throws IOException {
    String query = URLEncoder.encode(since.toString(), StandardCharsets.UTF_8);
    URI uri = URI.create("http://" + replica.socket() + "/admin/stats?since=" + query);
    try {
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new IOException("HTTP " + response.statusCode());
      }
      return ReplicaStats.read(PayloadJson.mapper().readTree(response.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
