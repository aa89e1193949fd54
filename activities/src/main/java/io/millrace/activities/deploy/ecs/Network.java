package io.millrace.activities.deploy.ecs;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Subnet;

/**
 * Where tasks and load balancer are: the spec's subnets, else those of the default network.
 *
 * @param publicAddresses whether tasks need an address of their own to reach the registry: subnets
 *     of the default network have no NAT
 */
record Network(String vpc, List<String> subnets, boolean publicAddresses) {
  static Network of(Ec2Client ec2, TargetSpec.Ecs settings) {
    List<Subnet> subnets =
        EcsErrors.call(
            "ec2 DescribeSubnets",
            () ->
                ec2.describeSubnets(
                        r -> {
                          if (settings.subnets().isEmpty()) {
                            r.filters(
                                Filter.builder().name("default-for-az").values("true").build());
                          } else {
                            r.subnetIds(settings.subnets());
                          }
                        })
                    .subnets());
    if (subnets.isEmpty()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target.ecs.subnets: "
              + settings.subnets()
              + " (expected: subnets of this account; it has no default network)");
    }
    return new Network(
        subnets.getFirst().vpcId(),
        subnets.stream().map(Subnet::subnetId).sorted().toList(),
        settings.subnets().isEmpty());
  }
}
