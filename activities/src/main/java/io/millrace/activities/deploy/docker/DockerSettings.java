package io.millrace.activities.deploy.docker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What endpoints in Docker have of this machine.
 *
 * @param scratch folders of the proxies' configurations and sockets are made there
 * @param proxyImages HAProxy 2.6 or newer; the first that the engine has is taken, else the last is
 *     pulled
 * @param storeUri where the servers write their prediction log: {@code file:/…} of this machine, or
 *     {@code s3://bucket/prefix}
 * @param environment of the servers, such as what they reach S3 with; never printed
 */
public record DockerSettings(
    Path scratch, List<String> proxyImages, String storeUri, Map<String, String> environment) {
  public DockerSettings {
    proxyImages = List.copyOf(proxyImages);
    environment = Map.copyOf(environment);
  }

  @Override
  public String toString() {
    return "DockerSettings["
        + scratch
        + ", "
        + proxyImages
        + ", "
        + storeUri
        + ", "
        + environment.keySet()
        + "]";
  }
}
