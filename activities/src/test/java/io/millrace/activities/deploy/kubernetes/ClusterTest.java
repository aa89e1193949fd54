package io.millrace.activities.deploy.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient
class ClusterTest {
  KubernetesMockServer server;
  KubernetesClient client;

  private static PodBuilder pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("credit-1")
        .withNamespace("ml")
        .endMetadata()
        .withNewStatus()
        .endStatus();
  }

  @Test
  void stats_areAskedByWayOfTheApiServer() throws Exception {
    server
        .expect()
        .get()
        .withPath(
            "/api/v1/namespaces/ml/pods/credit-1:8080/proxy/admin/stats?since=1970-01-01T00%3A00%3A00Z")
        .andReturn(200, "{\"versions\":[{\"version\":3,\"requests\":7}]}")
        .once();
    assertThat(
            new Cluster(client, "ml")
                .stats(pod().build(), Instant.EPOCH)
                .at("/versions/0/requests")
                .asInt())
        .isEqualTo(7);
  }

  @Test
  void refusals_sayWhatIsMissing_andAreNotRetried() {
    server
        .expect()
        .get()
        .withPath("/apis/apps/v1/namespaces/ml/deployments/credit-v1")
        .andReturn(403, new StatusBuilder().withCode(403).withMessage("forbidden: no get").build())
        .always();
    assertThatThrownBy(() -> new Cluster(client, "ml").deployment("credit-v1"))
        .hasMessageContaining("kubernetes Deployment ml/credit-v1 (expected: an account that may")
        .hasMessageContaining("infra/kubernetes/role.yaml")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  @Test
  void troubles_areThePodsOwnWords() {
    Pod pulling =
        pod()
            .editStatus()
            .withContainerStatuses(
                new ContainerStatusBuilder()
                    .withState(
                        new ContainerStateBuilder()
                            .withNewWaiting()
                            .withReason("ImagePullBackOff")
                            .withMessage("no such image")
                            .endWaiting()
                            .build())
                    .build())
            .endStatus()
            .build();
    assertThat(PodTroubles.lasting(List.of(pulling))).isTrue();
    assertThat(PodTroubles.sentence(List.of(pulling), List.of()))
        .isEqualTo("ImagePullBackOff: no such image");
    Pod crashing =
        pod()
            .editStatus()
            .withContainerStatuses(
                new ContainerStatusBuilder()
                    .withState(
                        new ContainerStateBuilder()
                            .withNewWaiting()
                            .withReason("CrashLoopBackOff")
                            .endWaiting()
                            .build())
                    .withLastState(
                        new ContainerStateBuilder()
                            .withNewTerminated()
                            .withExitCode(137)
                            .withReason("OOMKilled")
                            .endTerminated()
                            .build())
                    .build())
            .endStatus()
            .build();
    assertThat(PodTroubles.sentence(List.of(crashing), List.of()))
        .isEqualTo("CrashLoopBackOff; ended before with 137 (OOMKilled)");
    assertThat(
            PodTroubles.sentence(
                List.of(pod().build()),
                List.of(
                    new EventBuilder()
                        .withReason("Unhealthy")
                        .withMessage("Readiness probe failed: 503")
                        .withNewInvolvedObject()
                        .withName("credit-1")
                        .endInvolvedObject()
                        .build())))
        .isEqualTo("Readiness probe failed: 503");
    assertThat(PodTroubles.sentence(List.of(), List.of())).isEqualTo("no pod was made");
    assertThat(PodTroubles.lasting(List.of(pod().build()))).isFalse();
  }

  @Test
  void list_ofAKindTheClusterDoesNotKnow_isEmpty() {
    assertThat(new Cluster(client, "ml").pods(Map.of("a", "b"))).isEmpty();
  }
}
