package io.millrace.infra.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployConfigTest {
  @TempDir Path home;

  @Test
  void from_nothing_takesWhatTheEngineHasElseTheRegistrys() {
    DeployConfig deploy = AppConfig.from(Map.of("MILLRACE_HOME", home.toString())).deploy();
    assertThat(deploy.imageBases()).containsExactly("millrace/java:25", "eclipse-temurin:25-jre");
    assertThat(deploy.proxyImages()).containsExactly("millrace/haproxy:3.0", "haproxy:lts");
    assertThat(deploy.environment()).isEmpty();
  }

  @Test
  void from_settings_takesThemAlone() {
    DeployConfig deploy =
        AppConfig.from(
                Map.of(
                    "MILLRACE_HOME", home.toString(),
                    "MILLRACE_IMAGE_BASE", "my/java:25",
                    "MILLRACE_DOCKER_PROXY_IMAGE", "my/haproxy:3",
                    "MILLRACE_DOCKER_SERVER_ENVIRONMENT", "MILLRACE_BATCHING=off, X=1"))
            .deploy();
    assertThat(deploy.imageBases()).containsExactly("my/java:25");
    assertThat(deploy.proxyImages()).containsExactly("my/haproxy:3");
    assertThat(deploy.environment())
        .containsOnly(Map.entry("MILLRACE_BATCHING", "off"), Map.entry("X", "1"));
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME",
                        home.toString(),
                        "MILLRACE_DOCKER_SERVER_ENVIRONMENT",
                        "X")))
        .hasMessageContaining("docker.server-environment: X (expected: name=value");
  }

  @Test
  void from_anS3Store_handsOnHowItIsReached_andPrintsNoSecret() {
    Map<String, String> environment =
        Map.of(
            "MILLRACE_HOME", home.toString(),
            "AWS_ACCESS_KEY_ID", "id",
            "AWS_SECRET_ACCESS_KEY", "confidential");
    assertThat(AppConfig.from(environment).deploy().environment()).isEmpty();
    Map<String, String> onS3 = new java.util.HashMap<>(environment);
    onS3.put("MILLRACE_STORE_URI", "s3://bucket/p");
    AppConfig config = AppConfig.from(onS3);
    assertThat(config.deploy().environment())
        .containsOnlyKeys("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    assertThat(config.toString()).doesNotContain("confidential");
  }
}
