package io.millrace.activities.compute;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Clients of the Docker engine that {@code DOCKER_HOST} names, else the local socket's. */
public final class DockerClients {
  private DockerClients() {}

  /** Connects at the first call; every call has a timeout. */
  public static DockerClient open() {
    DefaultDockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    return DockerClientImpl.getInstance(
        config,
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(config.getDockerHost())
            .sslConfig(config.getSSLConfig())
            .connectionTimeout(Duration.ofSeconds(5))
            // a stop waits for the container's grace
            .responseTimeout(DockerCompute.timeout())
            .build());
  }

  /** The loopback address that a running container's port is published at; empty when it ended. */
  public static Optional<URI> published(DockerClient docker, String container, ExposedPort port) {
    Ports.Binding[] bound =
        docker
            .inspectContainerCmd(container)
            .exec()
            .getNetworkSettings()
            .getPorts()
            .getBindings()
            .get(port);
    return bound == null || bound.length == 0
        ? Optional.empty()
        : Optional.of(URI.create("http://127.0.0.1:" + bound[0].getHostPortSpec()));
  }
}
