package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.deploy.kubernetes.KubernetesClients;
import io.millrace.activities.deploy.kubernetes.KubernetesTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

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

  /** Layers of images, shared by tests. */
  @TempDir static Path kept;

  /** Instead of a version's own image; null for that. */
  private String image;

  private Duration budget = Duration.ofMinutes(4);

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
            new ModelImages(kept, AppFiles.ofThisProcess(kept), DockerClients::open),
            () -> "millrace/java:25");
    VersionImages loaded =
        (endpoint, version, registry) ->
            image != null ? image : ClusterNode.load(built.of(endpoint, version, registry));
    return new KubernetesTarget(clients, loaded, Map.of(), budget);
  }

  @Override
  protected TargetSpec settings() {
    return settings(null);
  }

  private static TargetSpec settings(String gateway) {
    // ten servers have to fit on two processors
    return new TargetSpec(
        null,
        null,
        null,
        null,
        new TargetSpec.Kubernetes("default", null, gateway, null, null, null, "256MB", 0.1),
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

  @Test
  void prepare_ofAVersionWhoseProbeFails_saysSo_andTheOldOneServesOn() throws IOException {
    serve(publish(1, 0), settings());
    // it runs and never listens
    image = "localhost/pause:1";
    budget = Duration.ofSeconds(40);
    ModelRef two = publish(2, 1);
    assertThatThrownBy(() -> prepare(two, settings()))
        .hasMessageContaining("endpoint credit: version 2: ")
        .hasMessageContaining("probe failed")
        .hasMessageContaining("expected: 1 pod ready within 40 s");
    image = null;
    assertThat(ask("http://credit.default.svc").version()).isEqualTo(1);
    deployments().retire(new RetireRequest(NAME, 2, "retire"));
    assertThat(node.pods(NAME, 2)).isEmpty();
  }

  @Test
  void prepare_ofAnImageThatIsNowhere_saysSoAtOnce() throws IOException {
    image = "127.0.0.1:1/nowhere:1";
    ModelRef one = publish(1, 0);
    assertThatThrownBy(() -> prepare(one, settings()))
        .hasMessageContaining("version 1: ")
        .hasMessageContaining("127.0.0.1:1/nowhere:1");
  }

  @Test
  void killedPod_isStartedAgain_andServes() throws Exception {
    serve(publish(1, 0), settings());
    String pod = node.pods(NAME, 1).getFirst().getMetadata().getName();
    node.kill(pod);
    node.awaitRestart(pod, NAME);
    assertThat(ask("http://credit.default.svc").version()).isEqualTo(1);
    assertThat(deployments().describe(new DescribeRequest(NAME)).ready()).containsExactly(1);
  }

  @Test
  void shift_behindAGateway_weighsTheRoute_mirrorsShadows_andWaitsForItsController()
      throws Exception {
    TargetSpec behind = settings("edge");
    ModelRef one = publish(1, 0);
    assertThatThrownBy(() -> prepare(one, behind))
        .hasMessageContaining("deployment.target.kubernetes.gateway: edge (expected: a Gateway");
    try (GatewayController edge = new GatewayController(node.client, "edge")) {
      prepare(one, behind);
      ModelRef two = publish(2, 1);
      edge.answers(false);
      assertThatThrownBy(() -> shift("first", Map.of(1, 1.0), Map.of()))
          .hasMessageContaining("no controller has taken route credit");
      edge.answers(true);
      assertThat(shift("first", Map.of(1, 1.0), Map.of())).isEqualTo("http://192.0.2.7");
      prepare(two, behind);
      shift("shadow", Map.of(1, 1.0), Map.of(2, 0.25));
      assertThat(edge.weights()).containsExactly(Map.entry(service(one), 1000));
      assertThat(edge.mirrors()).containsExactly(Map.entry(service(two), 25));
      shift("split", Map.of(1, 0.9, 2, 0.1), Map.of());
      assertThat(edge.weights())
          .containsOnly(Map.entry(service(one), 900), Map.entry(service(two), 100));
      assertThat(edge.mirrors()).isEmpty();
      // the same rows, asked by way of the route's backends
      assertThat(ContractClient.ask(node.address(service(one)), ROW).score())
          .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), Assertions.within(1e-5));
      assertThat(ContractClient.ask(node.address(service(two)), ROW).score())
          .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 1), Assertions.within(1e-5));
      shift("all", Map.of(2, 1.0), Map.of());
      deployments().retire(new RetireRequest(NAME, 1, "retire"));
      assertThat(edge.weights()).containsExactly(Map.entry(service(two), 1000));
      assertThat(node.pods(NAME, 1)).isEmpty();
      target().remove(new Endpoints(store()).find(NAME).orElseThrow());
      assertThat(edge.weights()).isEmpty();
      assertThat(leftovers(NAME)).isEmpty();
    }
  }

  private void serve(ModelRef version, TargetSpec settings) {
    prepare(version, settings);
    shift("first", Map.of(version.version(), 1.0), Map.of());
  }

  private void prepare(ModelRef version, TargetSpec settings) {
    deployments()
        .prepare(new PrepareRequest(NAME, version, settings, "prepare-" + version.version()));
  }

  private String shift(String key, Map<Integer, Double> weights, Map<Integer, Double> shadows) {
    return deployments().shift(new ShiftRequest(NAME, weights, key, "test", shadows, null)).url();
  }

  private static String service(ModelRef version) {
    return "credit-v" + version.version() + "-" + version.digest().substring(0, 8);
  }
}
