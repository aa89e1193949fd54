package io.millrace.activities.deploy.ecs;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Action;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ActionTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Listener;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancer;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerSchemeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerStateEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ProtocolEnum;

/** The load balancer in front of an endpoint: the listener of the spec, or one of its own. */
final class Balancer {
  private final ElasticLoadBalancingV2Client elb;
  private final String endpoint;
  private final TargetSpec.Ecs settings;

  /**
   * @param arn of the listener
   * @param balancer ARN of its load balancer
   * @param url where it is asked, by its own name
   */
  record Front(String arn, String balancer, String url, boolean active) {}

  Balancer(ElasticLoadBalancingV2Client elb, String endpoint, TargetSpec.Ecs settings) {
    this.elb = elb;
    this.endpoint = endpoint;
    this.settings = settings;
  }

  /** The listener, where there is one. */
  Optional<Front> find() {
    if (settings.listener() != null) {
      Listener listener =
          EcsErrors.call(
              "elb DescribeListeners " + settings.listener(),
              () ->
                  elb
                      .describeListeners(r -> r.listenerArns(settings.listener()))
                      .listeners()
                      .stream()
                      .findFirst()
                      .orElseThrow(
                          () ->
                              Failures.of(
                                  FailureType.CONFIG_INVALID,
                                  "deployment.target.ecs.listener: "
                                      + settings.listener()
                                      + " (expected: a listener of this account)")));
      LoadBalancer balancer =
          EcsErrors.call(
              "elb DescribeLoadBalancers",
              () ->
                  elb.describeLoadBalancers(r -> r.loadBalancerArns(listener.loadBalancerArn()))
                      .loadBalancers()
                      .getFirst());
      return Optional.of(front(balancer, listener));
    }
    return own().flatMap(lb -> listener(lb).map(listener -> front(lb, listener)));
  }

  /**
   * The listener, made where there is none: inside the network and without TLS, since nothing in
   * front of it knows who may ask.
   */
  Front ensure(Network network) {
    Optional<Front> there = find();
    if (there.isPresent()) {
      return there.get();
    }
    LoadBalancer balancer =
        own()
            .orElseGet(
                () ->
                    EcsErrors.call(
                        "elb CreateLoadBalancer " + Naming.endpoint(endpoint),
                        () ->
                            elb.createLoadBalancer(
                                    r ->
                                        r.name(Naming.endpoint(endpoint))
                                            .type(LoadBalancerTypeEnum.APPLICATION)
                                            .scheme(LoadBalancerSchemeEnum.INTERNAL)
                                            .subnets(network.subnets())
                                            .securityGroups(settings.securityGroups())
                                            .tags(TargetGroups.tags(Naming.tags(endpoint))))
                                .loadBalancers()
                                .getFirst()));
    Listener listener =
        EcsErrors.call(
            "elb CreateListener",
            () ->
                elb.createListener(
                        r ->
                            r.loadBalancerArn(balancer.loadBalancerArn())
                                .protocol(ProtocolEnum.HTTP)
                                .port(80)
                                .defaultActions(
                                    Action.builder()
                                        .type(ActionTypeEnum.FIXED_RESPONSE)
                                        .fixedResponseConfig(
                                            f ->
                                                f.statusCode("404")
                                                    .contentType("application/json")
                                                    .messageBody("{\"error\":\"no such path\"}"))
                                        .build())
                                .tags(TargetGroups.tags(Naming.tags(endpoint))))
                    .listeners()
                    .getFirst());
    return front(balancer, listener);
  }

  /** Removes the load balancer if it is the endpoint's own; a listener of the spec stays. */
  void remove() {
    if (settings.listener() == null) {
      own()
          .ifPresent(
              balancer ->
                  EcsErrors.call(
                      "elb DeleteLoadBalancer",
                      () -> {
                        // its listeners go with it on AWS; asked for all the same
                        listener(balancer)
                            .ifPresent(
                                l -> elb.deleteListener(r -> r.listenerArn(l.listenerArn())));
                        return elb.deleteLoadBalancer(
                            r -> r.loadBalancerArn(balancer.loadBalancerArn()));
                      }));
    }
  }

  private Optional<LoadBalancer> own() {
    return EcsErrors.call(
        "elb DescribeLoadBalancers " + Naming.endpoint(endpoint),
        () -> {
          try {
            return elb
                .describeLoadBalancers(r -> r.names(Naming.endpoint(endpoint)))
                .loadBalancers()
                .stream()
                .findFirst();
          } catch (LoadBalancerNotFoundException none) {
            return Optional.empty();
          }
        });
  }

  private Optional<Listener> listener(LoadBalancer balancer) {
    List<Listener> listeners =
        EcsErrors.call(
            "elb DescribeListeners",
            () ->
                elb.describeListeners(r -> r.loadBalancerArn(balancer.loadBalancerArn()))
                    .listeners());
    return listeners.stream().findFirst();
  }

  private Front front(LoadBalancer balancer, Listener listener) {
    boolean tls = listener.protocol() == ProtocolEnum.HTTPS;
    int port = listener.port();
    String host = settings.hostname() != null ? settings.hostname() : balancer.dnsName();
    return new Front(
        listener.listenerArn(),
        balancer.loadBalancerArn(),
        (tls ? "https://" : "http://") + host + (port == (tls ? 443 : 80) ? "" : ":" + port),
        balancer.state() == null || balancer.state().code() == LoadBalancerStateEnum.ACTIVE);
  }
}
