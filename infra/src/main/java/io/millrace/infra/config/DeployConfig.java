package io.millrace.infra.config;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where else endpoints may live than on this machine's own process table. The settings are
 * described in {@code infra/docs/targets.md}.
 *
 * @param imageBases images with Java 25 that servers' images begin with: the first that the Docker
 *     engine has, else the last, from its registry
 * @param functionBase image with Lambda's Java 25 runtime that functions' images begin with, and on
 *     which their start is measured
 * @param proxyImages HAProxy, chosen the same way
 * @param environment of servers in containers of the local Docker engine; never printed
 * @param ecsRegistry repository of images for ECS where the spec names none; empty for none
 * @param remote environment of servers on ECS and Kubernetes, without credentials: they have a role
 */
public record DeployConfig(
    List<String> imageBases,
    String functionBase,
    List<String> proxyImages,
    Map<String, String> environment,
    String ecsRegistry,
    Map<String, String> remote) {
  static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("image.base", ""),
          Map.entry("lambda.image-base", "public.ecr.aws/lambda/java:25"),
          Map.entry("docker.proxy-image", ""),
          Map.entry("docker.server-environment", ""),
          Map.entry("ecs.registry", ""),
          Map.entry("remote.server-environment", ""));

  /** Built by infra/local/images where no registry answers. */
  private static final List<String> BASES = List.of("millrace/java:25", "eclipse-temurin:25-jre");

  private static final List<String> PROXIES = List.of("millrace/haproxy:3.0", "haproxy:lts");

  /** How this process reaches S3; servers write their prediction log the same way. */
  private static final List<String> HANDED_ON =
      List.of(
          "AWS_REGION",
          "AWS_DEFAULT_REGION",
          "AWS_ENDPOINT_URL",
          "AWS_ENDPOINT_URL_S3",
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_SESSION_TOKEN");

  /** Of those, what is no secret. */
  private static final List<String> PLACES =
      List.of("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3");

  public DeployConfig {
    imageBases = List.copyOf(imageBases);
    proxyImages = List.copyOf(proxyImages);
    environment = Map.copyOf(environment);
    remote = Map.copyOf(remote);
  }

  /** It may hold credentials, so only its keys are shown. */
  @Override
  public String toString() {
    return "DeployConfig["
        + imageBases
        + ", "
        + functionBase
        + ", "
        + proxyImages
        + ", "
        + environment.keySet()
        + ", "
        + ecsRegistry
        + ", "
        + remote.keySet()
        + "]";
  }

  static DeployConfig from(
      Function<String, String> get,
      Map<String, String> environment,
      String storeUri,
      List<String> problems) {
    Map<String, String> servers = new TreeMap<>();
    if (storeUri.startsWith("s3:")) {
      for (String name : HANDED_ON) {
        String value = environment.get(name);
        if (value != null && !value.isBlank()) {
          servers.put(name, value);
        }
      }
    }
    servers.putAll(ComputeConfig.pairs("docker.server-environment", get, problems));
    Map<String, String> remote = new TreeMap<>();
    if (storeUri.startsWith("s3:")) {
      remote.put("MILLRACE_LOG_URI", storeUri);
      for (String name : PLACES) {
        String value = environment.get(name);
        if (value != null && !value.isBlank()) {
          remote.put(name, value);
        }
      }
    }
    remote.putAll(ComputeConfig.pairs("remote.server-environment", get, problems));
    return new DeployConfig(
        one(get.apply("image.base"), BASES),
        get.apply("lambda.image-base").strip(),
        one(get.apply("docker.proxy-image"), PROXIES),
        servers,
        get.apply("ecs.registry").strip(),
        remote);
  }

  private static List<String> one(String set, List<String> otherwise) {
    return set.isBlank() ? otherwise : List.of(set.strip());
  }
}
