package io.millrace.infra.it;

import com.github.dockerjava.api.model.Container;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.ecs.EcsClients;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionStatus;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Action;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancer;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Rule;

/**
 * MiniStack as {@code infra/local/images} makes it: ECS tasks are real containers of this machine's
 * engine, and the load balancer weighs its target groups and checks its targets.
 */
final class MiniStack implements AutoCloseable {
  private static final String TASK = "com.amazonaws.ecs.task-arn";

  @SuppressWarnings("deprecation") // a socket cannot be copied
  private final GenericContainer<?> container =
      new GenericContainer<>(
              DockerImageName.parse(
                  System.getenv()
                      .getOrDefault("MILLRACE_MINISTACK_IMAGE", "millrace/ministack:1.5.33")))
          .withExposedPorts(4566)
          .withFileSystemBind("/var/run/docker.sock", "/var/run/docker.sock")
          .waitingFor(Wait.forHttp("/_ministack/health").forPort(4566).forStatusCode(200));

  final EcsClients clients;

  MiniStack() {
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    System.setProperty("aws.region", "us-east-1");
    container.start();
    clients = EcsClients.open(URI.create(endpoint()));
    clients.ecs().createCluster(r -> r.clusterName("default"));
  }

  /** Weights by version's name, as the load balancer of the name has them. */
  Map<String, Integer> weights(String balancer) {
    Map<String, Integer> weights = new TreeMap<>();
    for (Rule rule : rules(balancer)) {
      for (Action action : rule.actions()) {
        if (action.forwardConfig() != null) {
          action
              .forwardConfig()
              .targetGroups()
              .forEach(group -> weights.put(group.targetGroupArn(), group.weight()));
        }
      }
    }
    return weights;
  }

  private List<Rule> rules(String balancer) {
    try {
      LoadBalancer found =
          clients.elb().describeLoadBalancers(r -> r.names(balancer)).loadBalancers().getFirst();
      return clients
          .elb()
          .describeListeners(r -> r.loadBalancerArn(found.loadBalancerArn()))
          .listeners()
          .stream()
          .flatMap(
              listener ->
                  clients
                      .elb()
                      .describeRules(r -> r.listenerArn(listener.listenerArn()))
                      .rules()
                      .stream())
          .toList();
    } catch (LoadBalancerNotFoundException none) {
      return List.of();
    }
  }

  /** Where a load balancer answers on this machine. */
  String url(String balancer) {
    return endpoint() + "/_alb/" + balancer;
  }

  String endpoint() {
    return "http://" + container.getHost() + ":" + container.getMappedPort(4566);
  }

  /** Containers of tasks. */
  List<Container> containers() {
    return DockerClients.open().listContainersCmd().withLabelFilter(List.of(TASK)).exec();
  }

  /** What there is of endpoints, apart from what a cluster remembers of the deleted. */
  List<String> parts() {
    List<String> parts = new ArrayList<>();
    containers().forEach(task -> parts.add("container " + task.getId()));
    clients
        .elb()
        .describeLoadBalancers()
        .loadBalancers()
        .forEach(lb -> parts.add("balancer " + lb.loadBalancerName()));
    clients
        .elb()
        .describeTargetGroups()
        .targetGroups()
        .forEach(group -> parts.add("group " + group.targetGroupName()));
    clients.ecs().listServices().serviceArns().forEach(arn -> parts.add("service " + arn));
    clients
        .ecs()
        .listTaskDefinitions(r -> r.status(TaskDefinitionStatus.ACTIVE))
        .taskDefinitionArns()
        .forEach(arn -> parts.add("definition " + arn));
    return parts;
  }

  @Override
  public void close() {
    // first: its scheduler starts tasks anew as long as it lives
    container.stop();
    DockerClients.open()
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(List.of(TASK))
        .exec()
        .forEach(
            task -> DockerClients.open().removeContainerCmd(task.getId()).withForce(true).exec());
  }
}
