package io.millrace.activities.compute;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.time.Duration;

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
}
