package io.millrace.activities.deploy.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.Volume;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** The HAProxy container in front of an endpoint's versions: the only one with a published port. */
final class Proxy {
  private static final Duration START = Duration.ofSeconds(10);
  private static final int GRACE_SECONDS = 15;
  private static final int ADDRESS = 2;
  private static final String MEMORY = "128MB";

  private final Engine engine;
  private final DockerSettings settings;
  private final Endpoint endpoint;
  private final DockerNames names;

  Proxy(Engine engine, DockerSettings settings, Endpoint endpoint, DockerNames names) {
    this.engine = engine;
    this.settings = settings;
    this.endpoint = endpoint;
    this.names = names;
  }

  private Path folder() {
    return settings.scratch().toAbsolutePath().resolve("docker").resolve(names.prefix());
  }

  HaproxySocket socket() {
    return new HaproxySocket(folder().resolve(HaproxyConfig.SOCKET));
  }

  boolean running() {
    return engine.inspect(names.proxy()).map(c -> running(c)).orElse(false);
  }

  private static boolean running(InspectContainerResponse container) {
    return Boolean.TRUE.equals(container.getState().getRunning());
  }

  /**
   * Writes the configuration, which counts when the proxy starts, and sees to it that it runs and
   * answers. One that runs and does not answer lost its folder, and is made anew.
   */
  void ensure(String config, String range) {
    try {
      String user = write(config);
      Optional<InspectContainerResponse> there = engine.inspect(names.proxy());
      if (there.isEmpty()) {
        create(user, range);
      }
      if (there.isEmpty() || !running(there.get())) {
        engine.start(names.proxy());
      }
      if (answers()) {
        return;
      }
      String said = engine.lastLines(names.proxy());
      engine.remove(names.proxy(), 1);
      create(user, range);
      engine.start(names.proxy());
      if (!answers()) {
        throw unavailable("silent for " + START.toSeconds() + " s: " + said, null);
      }
    } catch (IOException e) {
      throw unavailable(folder() + ": " + e.getMessage(), e);
    }
  }

  /**
   * @return the user it runs as
   */
  private String write(String config) throws IOException {
    Path folder = folder();
    PredictionFolder.closed(folder);
    String user = PredictionFolder.writable(folder);
    Path part = Files.createTempFile(folder, ".tmp-", null);
    Files.writeString(part, config);
    Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(
        part,
        folder.resolve(HaproxyConfig.FILE),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
    return user;
  }

  private void create(String user, String range) {
    TargetSpec.Docker docker = Replicas.docker(endpoint);
    String image = engine.image(settings.proxyImages(), "docker.proxy-image");
    ExposedPort inside = ExposedPort.tcp(HaproxyConfig.PORT);
    HostConfig host =
        Replicas.hardened(MEMORY, 1)
            .withNetworkMode(names.prefix())
            .withPortBindings(
                new Ports(inside, Ports.Binding.bindIpAndPort(docker.host(), endpoint.port())))
            .withBinds(
                new Bind(folder().toString(), new Volume(HaproxyConfig.FOLDER), AccessMode.rw));
    engine.create(
        image,
        names.proxy(),
        create ->
            create
                .withEntrypoint("haproxy")
                .withCmd("-db", "-f", HaproxyConfig.FOLDER + "/" + HaproxyConfig.FILE)
                .withUser(user)
                .withExposedPorts(inside)
                .withLabels(names.proxyLabels())
                .withIpv4Address(Addresses.at(range, ADDRESS))
                // ends when the requests under way have; TERM would cut them
                .withStopSignal("SIGUSR1")
                .withStopTimeout(GRACE_SECONDS)
                .withHostConfig(host));
  }

  private boolean answers() {
    long end = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < end) {
      try {
        socket().servers();
        return true;
      } catch (IOException e) {
        DockerTarget.pause(endpoint);
      }
    }
    return false;
  }

  /** Ends it after the requests under way. */
  void remove() {
    engine.remove(names.proxy(), GRACE_SECONDS);
    Path folder = folder();
    try {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.toList()) {
            Files.deleteIfExists(file);
          }
        }
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw unavailable(folder + ": " + e.getMessage(), e);
    }
  }

  private RuntimeException unavailable(
      String problem, @org.jspecify.annotations.Nullable Exception cause) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        cause,
        "proxy of " + endpoint.name() + ": " + problem + " (expected: to answer)");
  }
}
