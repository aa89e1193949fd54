package io.millrace.activities.deploy.ecs;

import io.millrace.inference.server.DesiredState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ProtocolEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Tag;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroup;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupAttribute;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealthDescription;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealthStateEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetTypeEnum;

/** One group of targets per version: its tasks, and whether they answer. */
final class TargetGroups {
  /** Requests that are under way when a task leaves have this long; ours take milliseconds. */
  static final int DRAIN_SECONDS = 30;

  private final ElasticLoadBalancingV2Client elb;

  TargetGroups(ElasticLoadBalancingV2Client elb) {
    this.elb = elb;
  }

  /** ARNs by name, of all versions of the endpoint that there are. */
  Map<String, String> of(String endpoint) {
    return EcsErrors.call(
        "elb DescribeTargetGroups",
        () -> {
          Map<String, String> groups = new TreeMap<>();
          for (TargetGroup group : elb.describeTargetGroupsPaginator().targetGroups()) {
            if (Naming.ofEndpoint(endpoint, group.targetGroupName())) {
              groups.put(group.targetGroupName(), group.targetGroupArn());
            }
          }
          return groups;
        });
  }

  /** Makes the group of a version. @return its ARN */
  String create(String endpoint, DesiredState.Version version, String vpc) {
    String name = Naming.version(endpoint, version);
    return EcsErrors.call(
        "elb CreateTargetGroup " + name,
        () -> {
          String arn =
              elb.createTargetGroup(
                      r ->
                          r.name(name)
                              .protocol(ProtocolEnum.HTTP)
                              .port(TaskDefinitions.PORT)
                              .vpcId(vpc)
                              .targetType(TargetTypeEnum.IP)
                              .healthCheckPath("/v2/health/ready")
                              .healthCheckIntervalSeconds(5)
                              .healthCheckTimeoutSeconds(2)
                              .healthyThresholdCount(2)
                              .unhealthyThresholdCount(2)
                              .matcher(m -> m.httpCode("200"))
                              .tags(tags(Naming.tags(endpoint, version))))
                  .targetGroups()
                  .getFirst()
                  .targetGroupArn();
          elb.modifyTargetGroupAttributes(
              r ->
                  r.targetGroupArn(arn)
                      .attributes(
                          attribute("deregistration_delay.timeout_seconds", "" + DRAIN_SECONDS),
                          // rows cost unequal time: who has least to do is asked next
                          attribute(
                              "load_balancing.algorithm.type", "least_outstanding_requests")));
          return arn;
        });
  }

  /** Addresses of the tasks behind a group that answer. */
  List<String> healthy(String arn) {
    return EcsErrors.call(
        "elb DescribeTargetHealth",
        () ->
            elb.describeTargetHealth(r -> r.targetGroupArn(arn)).targetHealthDescriptions().stream()
                .filter(d -> d.targetHealth().state() == TargetHealthStateEnum.HEALTHY)
                .map(d -> d.target().id() + ":" + d.target().port())
                .toList());
  }

  /** What is wrong with the targets that do not answer. */
  List<String> problems(String arn) {
    return EcsErrors.call(
        "elb DescribeTargetHealth",
        () ->
            elb.describeTargetHealth(r -> r.targetGroupArn(arn)).targetHealthDescriptions().stream()
                .map(TargetHealthDescription::targetHealth)
                .filter(health -> health.state() != TargetHealthStateEnum.HEALTHY)
                .map(
                    health ->
                        health.stateAsString()
                            + (health.description() == null ? "" : ": " + health.description()))
                .distinct()
                .toList());
  }

  /** Deletes a group that no rule refers to; gone already is success. */
  void delete(String arn) {
    EcsErrors.call(
        "elb DeleteTargetGroup",
        () -> {
          try {
            return elb.deleteTargetGroup(r -> r.targetGroupArn(arn));
          } catch (TargetGroupNotFoundException gone) {
            return null;
          }
        });
  }

  static List<Tag> tags(Map<String, String> tags) {
    return tags.entrySet().stream()
        .map(tag -> Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
        .toList();
  }

  private static TargetGroupAttribute attribute(String key, String value) {
    return TargetGroupAttribute.builder().key(key).value(value).build();
  }
}
