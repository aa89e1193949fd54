package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.deploy.kubernetes.KubernetesClients;
import io.millrace.activities.deploy.kubernetes.KubernetesTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The contract, and what only a cluster does, on a real one: {@code infra/millrace verify
 * --kubernetes} starts it.
 */
@EnabledIfEnvironmentVariable(named = "MILLRACE_KUBERNETES", matches = ".+")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class KubernetesTargetIT extends TargetContract {
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  private static ClusterNode node;
  private static KubernetesClients clients;

  /** Replaces the image of the next versions; null for their own. */
  private String image;

  @BeforeAll
  static void connect() {
    node = new ClusterNode();
    clients = new KubernetesClients();
  }

  @AfterAll
  static void disconnect() {
    node.close();
  }

  @Override
  protected Target target() {
    BuiltImages built =
        new BuiltImages(
            new Packages(store(), scratch()),
            new ModelImages(scratch(), AppFiles.ofThisProcess(scratch()), DockerClients::open),
            () -> "millrace/java:25");
    VersionImages loaded =
        (endpoint, version, registry) ->
            image != null ? image : ClusterNode.load(built.of(endpoint, version, registry));
    // ten servers start at once on two processors
    return new KubernetesTarget(clients, loaded, Map.of(), Duration.ofSeconds(240));
  }

  @Override
  protected TargetSpec settings() {
    return new TargetSpec(
        null,
        null,
        null,
        null,
        new TargetSpec.Kubernetes("default", null, null, null, null, null, "256MB", 0.1),
        null);
  }

  @Override
  protected Scored ask(String url) throws IOException {
    assertThat(url).isEqualTo("http://credit.default.svc");
    return ContractClient.ask(node.address(NAME), ROW);
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    return node.objects(endpoint);
  }
}
