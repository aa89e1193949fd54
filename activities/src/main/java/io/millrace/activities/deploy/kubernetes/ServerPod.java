package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.millrace.workflows.spec.TargetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The pod of a model server: no root, nothing writable but {@code /tmp}, no token of the cluster.
 * It meets the "restricted" Pod Security Standard.
 */
final class ServerPod {
  static final int PORT = 8080;
  static final String CONTAINER = "server";

  /** Of the image: nobody's, without a password entry. */
  private static final long USER = 65_532;

  /**
   * Between "no longer ready" and SIGTERM: until every proxy has heard that the pod is leaving,
   * requests still come.
   */
  private static final long LEAVING_SECONDS = 5;

  /** The server's own drain after SIGTERM is 30 s at most. */
  private static final long GRACE_SECONDS = LEAVING_SECONDS + 40;

  private ServerPod() {}

  /**
   * @param selector labels of the version's pods
   * @param environment of the server
   */
  static PodSpec of(
      TargetSpec.Kubernetes settings,
      String image,
      Map<String, String> selector,
      Map<String, String> environment) {
    PodSpecBuilder pod =
        new PodSpecBuilder()
            .withContainers(container(settings, image, environment))
            .addNewVolume()
            .withName("tmp")
            .withNewEmptyDir()
            .withSizeLimit(new Quantity("64Mi"))
            .endEmptyDir()
            .endVolume()
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withRunAsUser(USER)
            .withRunAsGroup(USER)
            .withFsGroup(USER)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .withTerminationGracePeriodSeconds(GRACE_SECONDS)
            .withTopologySpreadConstraints(
                spread("topology.kubernetes.io/zone", selector),
                spread("kubernetes.io/hostname", selector));
    if (settings.serviceAccount() != null) {
      pod.withServiceAccountName(settings.serviceAccount());
    }
    return pod.build();
  }

  private static Container container(
      TargetSpec.Kubernetes settings, String image, Map<String, String> environment) {
    Quantity memory = memory(settings.memory());
    Map<String, Quantity> requests =
        Map.of("cpu", new Quantity(Math.round(settings.cpus() * 1_000) + "m"), "memory", memory);
    // a part of a processor is what it needs all the time; a start may have a whole one
    Map<String, Quantity> limits =
        Map.of(
            "cpu",
            new Quantity(Long.toString((long) Math.ceil(settings.cpus()))),
            "memory",
            memory);
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(image)
        // the reference names the content, so a node that has it need not ask
        .withImagePullPolicy("IfNotPresent")
        .withEnv(variables(environment))
        .addNewPort()
        .withName("http")
        .withContainerPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .withNewResources()
        .withRequests(requests)
        .withLimits(limits)
        .endResources()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        // a slow node may take its time to start a JVM; after that, silence is a fault
        .withStartupProbe(probe("live", 1, 180))
        .withReadinessProbe(probe("ready", 2, 2))
        .withLivenessProbe(probe("live", 10, 3))
        .withNewLifecycle()
        .withNewPreStop()
        .withNewSleep(LEAVING_SECONDS)
        .endPreStop()
        .endLifecycle()
        .build();
  }

  private static Probe probe(String health, int everySeconds, int failures) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath("/v2/health/" + health)
        .withNewPort(PORT)
        .withScheme("HTTP")
        .endHttpGet()
        .withPeriodSeconds(everySeconds)
        .withTimeoutSeconds(2)
        .withFailureThreshold(failures)
        .withSuccessThreshold(1)
        .build();
  }

  private static List<EnvVar> variables(Map<String, String> environment) {
    List<EnvVar> variables = new ArrayList<>();
    // names the parts of its prediction log
    variables.add(
        new EnvVarBuilder()
            .withName("MILLRACE_SERVER")
            .withNewValueFrom()
            .withNewFieldRef()
            .withApiVersion("v1")
            .withFieldPath("metadata.name")
            .endFieldRef()
            .endValueFrom()
            .build());
    environment.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(
            variable ->
                new EnvVarBuilder()
                    .withName(variable.getKey())
                    .withValue(variable.getValue())
                    .build())
        .forEach(variables::add);
    return variables;
  }

  /** Apart from each other where there is room; never a reason not to run. */
  private static TopologySpreadConstraint spread(String topology, Map<String, String> selector) {
    return new TopologySpreadConstraintBuilder()
        .withMaxSkew(1)
        .withTopologyKey(topology)
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withLabelSelector(new LabelSelectorBuilder().withMatchLabels(selector).build())
        .build();
  }

  /** The spec's megabytes are the binary ones. */
  private static Quantity memory(String text) {
    return new Quantity(text.replace("MB", "Mi"));
  }
}
