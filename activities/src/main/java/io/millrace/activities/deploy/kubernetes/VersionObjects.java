package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpecBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a version is on a cluster, all of one name. */
final class VersionObjects {
  /** Utilisation of the requested processor time at which one more pod comes. */
  private static final int BUSY_PERCENT = 70;

  /** Of our servers' metrics, as a metrics adapter publishes it per pod. */
  static final String REQUEST_RATE = "millrace_requests_per_second";

  private final Endpoint endpoint;
  private final DesiredState.Version version;
  private final TargetSpec.Kubernetes settings;

  VersionObjects(Endpoint endpoint, DesiredState.Version version, TargetSpec.Kubernetes settings) {
    this.endpoint = endpoint;
    this.version = version;
    this.settings = settings;
  }

  /**
   * @param replicas wanted now
   */
  Deployment deployment(String image, int replicas, Map<String, String> environment) {
    Map<String, String> selector = Naming.selector(endpoint.name(), version);
    return new DeploymentBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .withReplicas(replicas)
        .withRevisionHistoryLimit(2)
        .withProgressDeadlineSeconds(600)
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxUnavailable(new IntOrString(0))
        .withMaxSurge(new IntOrString(1))
        .endRollingUpdate()
        .endStrategy()
        .withNewSelector()
        .withMatchLabels(selector)
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(Naming.labels(endpoint.name(), version))
        .endMetadata()
        .withSpec(ServerPod.of(settings, image, selector, environment))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** The backend that a route weighs. */
  Service service() {
    return new ServiceBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .withSelector(Naming.selector(endpoint.name(), version))
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withTargetPort(new IntOrString(ServerPod.PORT))
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  /** By processor time, and by requests too where an instance's share of them is known. */
  HorizontalPodAutoscaler autoscaler(ScaleSpec scale) {
    List<MetricSpec> metrics = new ArrayList<>();
    metrics.add(
        new MetricSpecBuilder()
            .withType("Resource")
            .withNewResource()
            .withName("cpu")
            .withNewTarget()
            .withType("Utilization")
            .withAverageUtilization(BUSY_PERCENT)
            .endTarget()
            .endResource()
            .build());
    if (scale.perInstance() != null) {
      metrics.add(
          new MetricSpecBuilder()
              .withType("Pods")
              .withNewPods()
              .withNewMetric()
              .withName(REQUEST_RATE)
              .endMetric()
              .withNewTarget()
              .withType("AverageValue")
              .withAverageValue(new Quantity(Math.round(scale.perInstance() * 1_000) + "m"))
              .endTarget()
              .endPods()
              .build());
    }
    return new HorizontalPodAutoscalerBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .withMinReplicas(scale.min())
        .withMaxReplicas(scale.max())
        .withNewScaleTargetRef()
        .withApiVersion("apps/v1")
        .withKind("Deployment")
        .withName(name())
        .endScaleTargetRef()
        .withMetrics(metrics)
        .endSpec()
        .build();
  }

  /** A node may be emptied, one pod of the version at a time. */
  PodDisruptionBudget disruptionBudget() {
    return new PodDisruptionBudgetBuilder()
        .withMetadata(metadata())
        .withNewSpec()
        .withMaxUnavailable(new IntOrString(1))
        // a pod that is not ready serves nobody: it is no reason to keep a node
        .withUnhealthyPodEvictionPolicy("AlwaysAllow")
        .withNewSelector()
        .withMatchLabels(Naming.selector(endpoint.name(), version))
        .endSelector()
        .endSpec()
        .build();
  }

  String name() {
    return Naming.version(endpoint.name(), version);
  }

  private ObjectMeta metadata() {
    return new ObjectMetaBuilder()
        .withName(name())
        .withNamespace(settings.namespace())
        .withLabels(Naming.labels(endpoint.name(), version))
        .withAnnotations(Map.of(Naming.FULL_NAME, endpoint.name(), Naming.DIGEST, version.digest()))
        .build();
  }
}
