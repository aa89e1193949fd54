package io.millrace.activities.deploy.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterObjectsTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);

  private static DesiredState.Version version(int number, double weight, double shadow) {
    return new DesiredState.Version(number, "models/", DIGEST, weight, shadow);
  }

  private static TargetSpec.Kubernetes settings(String gateway) {
    return new TargetSpec.Kubernetes(
        "ml", null, gateway, "credit.example", null, null, "512MB", 0.5);
  }

  private static Endpoint endpoint(String name, DesiredState.Version... versions) {
    return new Endpoint(
        1,
        name,
        "kubernetes",
        0,
        List.of(versions),
        "key",
        "test",
        Instant.EPOCH,
        new TargetSpec(null, null, null, null, settings("infra/edge"), null),
        null,
        null);
  }

  @Test
  void deployment_meetsTheRestrictedPodStandard_andDrains() {
    DesiredState.Version one = version(1, 1, 0);
    Deployment deployment =
        new VersionObjects(endpoint("credit", one), one, settings(null))
            .deployment("repo/credit:1", 2, Map.of("A", "b"));
    assertThat(deployment.getMetadata().getName()).isEqualTo("credit-v1-01234567");
    assertThat(deployment.getMetadata().getLabels())
        .containsEntry("io.millrace/endpoint", "credit")
        .containsEntry("io.millrace/version", "1")
        .containsEntry("io.millrace/digest", "0123456789abcdef");
    assertThat(
            deployment.getSpec().getStrategy().getRollingUpdate().getMaxUnavailable().getIntVal())
        .isZero();
    PodSpec pod = deployment.getSpec().getTemplate().getSpec();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getTopologySpreadConstraints()).hasSize(2);
    Container server = pod.getContainers().getFirst();
    assertThat(server.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(server.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(server.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(server.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/v2/health/ready");
    assertThat(server.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/v2/health/live");
    assertThat(server.getResources().getRequests())
        .containsEntry("cpu", new Quantity("500m"))
        .containsEntry("memory", new Quantity("512Mi"));
    assertThat(server.getResources().getLimits()).containsEntry("cpu", new Quantity("1"));
    assertThat(pod.getTerminationGracePeriodSeconds())
        .isGreaterThan(server.getLifecycle().getPreStop().getSleep().getSeconds() + 30);
  }

  @Test
  void autoscaler_scalesByProcessor_andByRequestsWhereThatIsKnown() {
    DesiredState.Version one = version(1, 1, 0);
    VersionObjects objects = new VersionObjects(endpoint("credit", one), one, settings(null));
    HorizontalPodAutoscaler cpu = objects.autoscaler(new ScaleSpec(1, 4, null));
    assertThat(cpu.getSpec().getMaxReplicas()).isEqualTo(4);
    assertThat(cpu.getSpec().getMetrics()).hasSize(1);
    HorizontalPodAutoscaler both = objects.autoscaler(new ScaleSpec(1, 4, 50.0));
    assertThat(both.getSpec().getMetrics().get(1).getPods().getTarget().getAverageValue())
        .isEqualTo(new Quantity("50000m"));
  }

  @Test
  void route_weighsVersions_mirrorsShadows_andPassesOnlyWhatUsersMayAsk() {
    Endpoint endpoint =
        endpoint("credit", version(1, 0.875, 0), version(2, 0.125, 0), version(3, 0, 0.015));
    HTTPRouteRule rule =
        new EndpointObjects(endpoint, settings("infra/edge"))
            .route()
            .getSpec()
            .getRules()
            .getFirst();
    assertThat(rule.getBackendRefs())
        .extracting(b -> b.getName() + " " + b.getWeight())
        .containsExactly("credit-v1-01234567 875", "credit-v2-01234567 125");
    assertThat(rule.getMatches())
        .extracting(m -> m.getPath().getType() + " " + m.getPath().getValue())
        .containsExactly("PathPrefix /v2", "Exact /invocations", "Exact /ping");
    assertThat(rule.getFilters()).hasSize(1);
    assertThat(rule.getFilters().getFirst().getRequestMirror().getPercent()).isNull();
    assertThat(rule.getFilters().getFirst().getRequestMirror().getFraction().getNumerator())
        .isEqualTo(150);
  }

  @Test
  void selector_isOneVersionsPods_orAllOfSeveral_orNobodys() {
    EndpointObjects one =
        new EndpointObjects(endpoint("credit", version(1, 1, 0), version(2, 0, 0)), settings(null));
    assertThat(one.selector()).containsEntry("io.millrace/version", "1");
    EndpointObjects both =
        new EndpointObjects(
            endpoint("credit", version(1, 0.5, 0), version(2, 0.5, 0)), settings(null));
    assertThat(both.selector()).isEqualTo(Map.of("io.millrace/endpoint", "credit"));
    EndpointObjects none =
        new EndpointObjects(endpoint("credit", version(1, 0, 0)), settings(null));
    assertThat(none.selector()).containsEntry("io.millrace/version", "none");
  }

  @Test
  void naming_ofAnyEndpoint_isADnsLabel_andDifferentNamesStayDifferent() {
    String longest = "a".repeat(100);
    for (String name : List.of("credit", "a.b_c", "9lives", longest, "x-")) {
      String version = Naming.version(name, version(123_456, 1, 0));
      assertThat(version).matches("[a-z]([-a-z0-9]*[a-z0-9])?").hasSizeLessThanOrEqualTo(63);
    }
    assertThat(Naming.endpoint("credit")).isEqualTo("credit");
    assertThat(Naming.endpoint("a.b")).isNotEqualTo(Naming.endpoint("a-b"));
    assertThat(Naming.endpoint(longest)).isNotEqualTo(Naming.endpoint(longest.substring(1)));
  }
}
