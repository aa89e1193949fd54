package io.millrace.activities.deploy.ecs;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.AssignPublicIp;
import software.amazon.awssdk.services.ecs.model.AwsVpcConfiguration;
import software.amazon.awssdk.services.ecs.model.Deployment;
import software.amazon.awssdk.services.ecs.model.DeploymentRolloutState;
import software.amazon.awssdk.services.ecs.model.DesiredStatus;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.LoadBalancer;
import software.amazon.awssdk.services.ecs.model.PropagateTags;
import software.amazon.awssdk.services.ecs.model.Service;
import software.amazon.awssdk.services.ecs.model.ServiceEvent;
import software.amazon.awssdk.services.ecs.model.ServiceField;
import software.amazon.awssdk.services.ecs.model.ServiceNotFoundException;

/** One service per version: it keeps the tasks running, and gives up on ones that never will. */
final class Services {
  /** Until the first health check counts: a JVM starts slowly on a part of a processor. */
  private static final int GRACE_SECONDS = 60;

  private final EcsClient ecs;
  private final TargetSpec.Ecs settings;

  Services(EcsClient ecs, TargetSpec.Ecs settings) {
    this.ecs = ecs;
    this.settings = settings;
  }

  /** A service that there is, or that still drains; not one that was deleted. */
  Optional<Service> find(String name) {
    return EcsErrors.call(
        "ecs DescribeServices " + name,
        () ->
            ecs
                .describeServices(
                    r -> r.cluster(settings.cluster()).services(name).include(ServiceField.TAGS))
                .services()
                .stream()
                .filter(service -> !"INACTIVE".equals(service.status()))
                .findFirst());
  }

  /** Names of the endpoint's services. */
  List<String> names(String endpoint) {
    return EcsErrors.call(
        "ecs ListServices in " + settings.cluster(),
        () ->
            ecs.listServicesPaginator(r -> r.cluster(settings.cluster())).serviceArns().stream()
                .map(arn -> arn.substring(arn.lastIndexOf('/') + 1))
                .filter(name -> Naming.ofEndpoint(endpoint, name))
                .toList());
  }

  /**
   * Makes it run so many tasks of a definition behind a target group.
   *
   * @param tasks at least; one that scales by load keeps what it has above
   * @param seq of the state, for the token
   */
  void ensure(
      String endpoint,
      DesiredState.Version version,
      String definition,
      String group,
      int tasks,
      int most,
      Network network,
      long seq) {
    String name = Naming.version(endpoint, version);
    Optional<Service> there = find(name).filter(service -> "ACTIVE".equals(service.status()));
    if (there.isEmpty()) {
      create(name, Naming.tags(endpoint, version), definition, group, tasks, network, seq);
      return;
    }
    Service service = there.get();
    int wanted = Math.clamp(service.desiredCount(), tasks, Math.max(tasks, most));
    // a deployment that was given up starts no more tasks by itself
    boolean failed = failed(service);
    if (!definition.equals(service.taskDefinition())
        || service.desiredCount() != wanted
        || failed) {
      EcsErrors.call(
          "ecs UpdateService " + name,
          () ->
              ecs.updateService(
                  r ->
                      r.cluster(settings.cluster())
                          .service(name)
                          .taskDefinition(definition)
                          .desiredCount(wanted)
                          .forceNewDeployment(failed ? true : null)));
    }
  }

  private void create(
      String name,
      Map<String, String> tags,
      String definition,
      String group,
      int tasks,
      Network network,
      long seq) {
    boolean fargate = !settings.launch().equals("ec2");
    AwsVpcConfiguration vpc =
        AwsVpcConfiguration.builder()
            .subnets(network.subnets())
            .securityGroups(settings.securityGroups())
            .assignPublicIp(
                fargate && network.publicAddresses()
                    ? AssignPublicIp.ENABLED
                    : AssignPublicIp.DISABLED)
            .build();
    EcsErrors.call(
        "ecs CreateService " + name,
        () ->
            ecs.createService(
                r ->
                    r.cluster(settings.cluster())
                        .serviceName(name)
                        .taskDefinition(definition)
                        .desiredCount(tasks)
                        .launchType(fargate ? LaunchType.FARGATE : LaunchType.EC2)
                        .networkConfiguration(n -> n.awsvpcConfiguration(vpc))
                        .loadBalancers(
                            LoadBalancer.builder()
                                .targetGroupArn(group)
                                .containerName(TaskDefinitions.CONTAINER)
                                .containerPort(TaskDefinitions.PORT)
                                .build())
                        .healthCheckGracePeriodSeconds(GRACE_SECONDS)
                        .deploymentConfiguration(
                            d ->
                                d.minimumHealthyPercent(100)
                                    .maximumPercent(200)
                                    .deploymentCircuitBreaker(c -> c.enable(true).rollback(true)))
                        .propagateTags(PropagateTags.SERVICE)
                        .tags(TaskDefinitions.tags(tags))
                        .clientToken(Naming.token(name, Long.toString(seq)))));
  }

  /** Whether the newest tasks, and only those, run, as many as asked for. */
  static boolean steady(Service service) {
    List<Deployment> deployments = service.deployments();
    return "ACTIVE".equals(service.status())
        && deployments.size() == 1
        && (deployments.getFirst().rolloutState() == null
            || deployments.getFirst().rolloutState() == DeploymentRolloutState.COMPLETED)
        && service.runningCount() >= service.desiredCount();
  }

  /** Whether the service has given up on its newest tasks. */
  static boolean failed(Service service) {
    return service.deployments().stream()
        .anyMatch(deployment -> deployment.rolloutState() == DeploymentRolloutState.FAILED);
  }

  /** Why it is not steady: what the service, its deployment and its stopped tasks say. */
  String troubles(Service service) {
    List<String> reasons = new ArrayList<>();
    service.deployments().stream()
        .filter(d -> d.rolloutState() == DeploymentRolloutState.FAILED)
        .map(Deployment::rolloutStateReason)
        .forEach(reasons::add);
    List<String> stopped =
        EcsErrors.call(
            "ecs ListTasks " + service.serviceName(),
            () ->
                ecs.listTasks(
                        r ->
                            r.cluster(settings.cluster())
                                .serviceName(service.serviceName())
                                .desiredStatus(DesiredStatus.STOPPED)
                                .maxResults(5))
                    .taskArns());
    if (!stopped.isEmpty()) {
      EcsErrors.call(
          "ecs DescribeTasks",
          () -> {
            ecs.describeTasks(r -> r.cluster(settings.cluster()).tasks(stopped))
                .tasks()
                .forEach(
                    task -> {
                      if (task.stoppedReason() != null) {
                        reasons.add(task.stoppedReason());
                      }
                      task.containers()
                          .forEach(
                              c -> {
                                if (c.exitCode() != null && c.exitCode() != 0) {
                                  reasons.add("container ended with " + c.exitCode());
                                }
                                if (c.reason() != null) {
                                  reasons.add(c.reason());
                                }
                              });
                    });
            return null;
          });
    }
    // newest first
    service.events().stream().limit(3).map(ServiceEvent::message).forEach(reasons::add);
    return reasons.isEmpty()
        ? service.runningCount() + " of " + service.desiredCount() + " tasks run"
        : String.join("; ", reasons.stream().distinct().toList());
  }

  /** Ends a service; its tasks are taken from the load balancer, drained, stopped. */
  void delete(String name) {
    EcsErrors.call(
        "ecs DeleteService " + name,
        () -> {
          try {
            return ecs.deleteService(r -> r.cluster(settings.cluster()).service(name).force(true));
          } catch (ServiceNotFoundException gone) {
            return null;
          }
        });
  }

  /** Writes on the service what its autoscaling is. @param range such as {@code 1..4} */
  void mark(Service service, String range) {
    EcsErrors.call(
        "ecs TagResource " + service.serviceName(),
        () ->
            ecs.tagResource(
                r ->
                    r.resourceArn(service.serviceArn())
                        .tags(TaskDefinitions.tags(Map.of(Naming.SCALING, range)))));
  }
}
