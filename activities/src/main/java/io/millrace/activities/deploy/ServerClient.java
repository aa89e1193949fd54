package io.millrace.activities.deploy;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Talks to the admin side of a model server on this machine. Thread-safe. */
final class ServerClient {
  /** A server answers this from memory; longer means that it hangs. */
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  /**
   * @param seq of the newest state it has seen
   * @param ready versions that answer
   * @param problems why a version is not, by version
   */
  record ServerState(long seq, List<Integer> ready, Map<Integer, String> problems) {
    /** Whether it has seen the state, cannot open one of the versions, and says why. */
    boolean broken(long wanted, Set<Integer> versions) {
      return seq >= wanted
          && versions.stream()
              .anyMatch(version -> problems.containsKey(version) && !ready.contains(version));
    }
  }

  /** What the endpoint's server has applied; empty when it is not up. */
  Optional<ServerState> state(Endpoint endpoint) {
    try {
      JsonNode tree = get(endpoint.url() + "/admin/state");
      if (!tree.path("seq").isIntegralNumber()) {
        return Optional.empty();
      }
      List<Integer> ready = new ArrayList<>();
      tree.path("ready").forEach(version -> ready.add(version.asInt()));
      Map<Integer, String> problems = new TreeMap<>();
      tree.path("problems")
          .properties()
          .forEach(p -> problems.put(Integer.valueOf(p.getKey()), p.getValue().asText()));
      // "seq" is the state that is served whole, which may never come when a version is broken
      long seq = tree.path("wanted").asLong(tree.path("seq").asLong());
      return Optional.of(new ServerState(seq, ready, problems));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Asks it to look at the desired state now; it would by itself, a moment later. */
  void reload(Endpoint endpoint) {
    try {
      send(
          HttpRequest.newBuilder(URI.create(endpoint.url() + "/admin/reload"))
              .POST(HttpRequest.BodyPublishers.noBody()));
    } catch (IOException e) {
      return;
    }
  }

  /**
   * @throws IOException when it does not answer
   */
  List<Target.Seen> stats(Endpoint endpoint, Instant since) throws IOException {
    String query = URLEncoder.encode(since.toString(), StandardCharsets.UTF_8);
    return ReplicaStats.read(get(endpoint.url() + "/admin/stats?since=" + query));
  }

  private JsonNode get(String uri) throws IOException {
    return PayloadJson.mapper().readTree(send(HttpRequest.newBuilder(URI.create(uri))));
  }

  private byte[] send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<byte[]> response =
          client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw new IOException("HTTP " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
