package io.millrace.inference.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.log.MemorySink;
import io.millrace.inference.model.PackageFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A server on a free port with its state, packages and log in the test's hands. */
final class TestServer implements AutoCloseable {
  final MemorySink sink = new MemorySink();
  final Map<String, Path> packages = new ConcurrentHashMap<>();
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final AtomicReference<DesiredState> state = new AtomicReference<>();
  private final List<DesiredState.Version> versions = new ArrayList<>();
  final ModelServer server;

  TestServer(UnaryOperator<ServerConfig> settings) {
    ServerConfig config = settings.apply(ServerConfig.of("credit", 0));
    server =
        new ModelServer(
            config,
            () -> Optional.ofNullable(state.get()),
            (prefix, digest) -> {
              Path dir = packages.get(prefix);
              if (dir == null) {
                throw new IllegalStateException(prefix + ": not there");
              }
              return dir;
            },
            sink);
  }

  TestServer() {
    this(config -> config);
  }

  TestServer start() {
    server.start();
    return this;
  }

  /** Adds a version to what {@link #want} may name. */
  TestServer version(int version, Path dir) {
    packages.put("v" + version, dir);
    versions.add(new DesiredState.Version(version, "v" + version, PackageFiles.digest(dir), 0));
    return this;
  }

  /** Sets the state: version, weight, version, weight, … */
  TestServer want(long seq, double... weights) {
    List<DesiredState.Version> wanted = new ArrayList<>();
    for (int i = 0; i < weights.length; i += 2) {
      for (DesiredState.Version version : versions) {
        if (version.version() == (int) weights[i]) {
          wanted.add(
              new DesiredState.Version(
                  version.version(), version.prefix(), version.digest(), weights[i + 1]));
        }
      }
    }
    state.set(new DesiredState(seq, "credit", wanted));
    return this;
  }

  /** As {@link #want}, with one more version as a shadow. */
  TestServer shadow(long seq, int version, double share, double... weights) {
    want(seq, weights);
    List<DesiredState.Version> wanted = new ArrayList<>(state.get().versions());
    for (DesiredState.Version known : versions) {
      if (known.version() == version) {
        wanted.add(new DesiredState.Version(version, known.prefix(), known.digest(), 0, share));
      }
    }
    state.set(new DesiredState(seq, "credit", wanted));
    return this;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(60));
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode json(HttpResponse<String> response) {
    try {
      return new ObjectMapper().readTree(response.body());
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + response.body(), e);
    }
  }

  @Override
  public void close() {
    server.stop();
    client.close();
  }
}
