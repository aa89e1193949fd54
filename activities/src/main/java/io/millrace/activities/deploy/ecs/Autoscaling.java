package io.millrace.activities.deploy.ecs;

import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.applicationautoscaling.ApplicationAutoScalingClient;
import software.amazon.awssdk.services.applicationautoscaling.model.MetricType;
import software.amazon.awssdk.services.applicationautoscaling.model.ObjectNotFoundException;
import software.amazon.awssdk.services.applicationautoscaling.model.PolicyType;
import software.amazon.awssdk.services.applicationautoscaling.model.ScalableDimension;
import software.amazon.awssdk.services.applicationautoscaling.model.ServiceNamespace;
import software.amazon.awssdk.services.ecs.model.Service;
import software.amazon.awssdk.services.ecs.model.Tag;

/** Target tracking of a service: by requests per task where that is known, else by processor. */
final class Autoscaling {
  /** Percent of the tasks' processors at which one more comes. */
  private static final double BUSY_PERCENT = 70;

  private final ApplicationAutoScalingClient scaling;
  private final Services services;
  private final String cluster;

  Autoscaling(ApplicationAutoScalingClient scaling, Services services, String cluster) {
    this.scaling = scaling;
    this.services = services;
    // the resource's name has the cluster's, of an ARN too
    this.cluster = cluster.substring(cluster.lastIndexOf('/') + 1);
  }

  /**
   * Makes it so. What the service was given is on its tag, so a repeat makes no call.
   *
   * @param scale null for a fixed number
   * @param balancer ARN of the load balancer, for the metric's name
   * @param group ARN of the target group
   */
  void set(Service service, @Nullable ScaleSpec scale, String balancer, String group) {
    String range =
        scale == null || scale.max() <= scale.min()
            ? "fixed"
            : scale.min() + ".." + scale.max() + "@" + scale.perInstance();
    String there =
        service.tags().stream()
            .filter(tag -> tag.key().equals(Naming.SCALING))
            .map(Tag::value)
            .findFirst()
            .orElse("fixed");
    if (there.equals(range)) {
      return;
    }
    if (range.equals("fixed") || scale == null) {
      delete(service.serviceName());
    } else {
      put(service.serviceName(), scale, balancer, group);
    }
    services.mark(service, range);
  }

  private void put(String name, ScaleSpec scale, String balancer, String group) {
    EcsErrors.call(
        "application-autoscaling RegisterScalableTarget " + name,
        () ->
            scaling.registerScalableTarget(
                r ->
                    r.serviceNamespace(ServiceNamespace.ECS)
                        .scalableDimension(ScalableDimension.ECS_SERVICE_DESIRED_COUNT)
                        .resourceId(resource(name))
                        .minCapacity(scale.min())
                        .maxCapacity(scale.max())));
    Double perInstance = scale.perInstance();
    EcsErrors.call(
        "application-autoscaling PutScalingPolicy " + name,
        () ->
            scaling.putScalingPolicy(
                r ->
                    r.serviceNamespace(ServiceNamespace.ECS)
                        .scalableDimension(ScalableDimension.ECS_SERVICE_DESIRED_COUNT)
                        .resourceId(resource(name))
                        .policyName("millrace")
                        .policyType(PolicyType.TARGET_TRACKING_SCALING)
                        .targetTrackingScalingPolicyConfiguration(
                            t -> {
                              // growing is urgent, shrinking is not
                              t.scaleOutCooldown(30).scaleInCooldown(300);
                              if (perInstance == null) {
                                t.targetValue(BUSY_PERCENT)
                                    .predefinedMetricSpecification(
                                        m ->
                                            m.predefinedMetricType(
                                                MetricType.ECS_SERVICE_AVERAGE_CPU_UTILIZATION));
                              } else {
                                // the metric counts a minute's requests
                                t.targetValue(perInstance * 60)
                                    .predefinedMetricSpecification(
                                        m ->
                                            m.predefinedMetricType(
                                                    MetricType.ALB_REQUEST_COUNT_PER_TARGET)
                                                .resourceLabel(label(balancer, group)));
                              }
                            })));
  }

  /** Ends it, with its policy; none is success. */
  void delete(String name) {
    EcsErrors.call(
        "application-autoscaling DeregisterScalableTarget " + name,
        () -> {
          try {
            return scaling.deregisterScalableTarget(
                r ->
                    r.serviceNamespace(ServiceNamespace.ECS)
                        .scalableDimension(ScalableDimension.ECS_SERVICE_DESIRED_COUNT)
                        .resourceId(resource(name)));
          } catch (ObjectNotFoundException gone) {
            return null;
          }
        });
  }

  private String resource(String name) {
    return "service/" + cluster + "/" + name;
  }

  /** {@code app/<name>/<id>/targetgroup/<name>/<id>}. */
  static String label(String balancer, String group) {
    return balancer.substring(balancer.indexOf("loadbalancer/") + "loadbalancer/".length())
        + "/"
        + group.substring(group.lastIndexOf(":") + 1);
  }
}
