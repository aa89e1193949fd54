package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an endpoint lives; exactly one is set. Memory is {@code <n>MB} everywhere, CPUs are
 * processors, whole or part.
 *
 * @param local a model server on this machine
 * @param lambda an AWS Lambda function
 * @param docker containers of one Docker engine behind HAProxy
 * @param ecs services of AWS ECS behind a load balancer
 * @param kubernetes deployments behind a Gateway API route
 * @param bundle one archive that serves without a network
 */
public record TargetSpec(
    @Nullable Local local,
    @Nullable Lambda lambda,
    @Nullable Docker docker,
    @Nullable Ecs ecs,
    @Nullable Kubernetes kubernetes,
    @Nullable Bundle bundle) {
  public static TargetSpec local(int port) {
    return new TargetSpec(new Local(port), null, null, null, null, null);
  }

  /** The key that is set: {@code local}, {@code lambda} and so on; {@code none} of an empty one. */
  public String kind() {
    return local != null
        ? "local"
        : lambda != null
            ? "lambda"
            : docker != null
                ? "docker"
                : ecs != null
                    ? "ecs"
                    : kubernetes != null ? "kubernetes" : bundle != null ? "bundle" : "none";
  }

  /**
   * @param port 0 takes a free one, which the endpoint keeps
   */
  public record Local(int port) {}

  /**
   * @param memory 128MB to 10240MB; processors come with it
   * @param timeout of one request, 1 s to 15 min
   * @param form {@code zip} (managed Java runtime) or {@code image}
   * @param provisioned instances kept warm; 0 for none
   * @param reserved most instances at once; null is the account's own limit
   * @param snapStart {@code on}, {@code off}, or {@code measured}: where it starts faster
   * @param auth of the function's URL: {@code iam} or {@code key}
   * @param role ARN the function runs as; null makes one that may do no more than it must
   * @param registry repository that images are pushed to, for {@code form: image}; null takes the
   *     settings' own
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record Lambda(
      String memory,
      Duration timeout,
      String form,
      int provisioned,
      @Nullable Integer reserved,
      String snapStart,
      String auth,
      @Nullable String role,
      @Nullable String registry) {}

  /**
   * @param port of the endpoint on {@code host}; 0 takes a free one, which the endpoint keeps
   * @param host address the endpoint listens on
   */
  public record Docker(int port, String host, String memory, double cpus) {}

  /**
   * @param cluster name or ARN
   * @param launch {@code fargate} or {@code ec2}
   * @param subnets of the tasks and the load balancer
   * @param securityGroups of the tasks; empty is the network's default
   * @param listener ARN of a load balancer's listener to add a rule to; null makes a load balancer
   * @param hostname requests for it are the endpoint's; null is any, where the listener is its own
   * @param registry repository the images are pushed to; null takes the settings' own
   * @param executionRole ARN with which images are pulled and logs written; null for none
   * @param taskRole ARN the server runs as; null for none
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record Ecs(
      String cluster,
      String launch,
      String memory,
      double cpus,
      List<String> subnets,
      List<String> securityGroups,
      @Nullable String listener,
      @Nullable String hostname,
      @Nullable String registry,
      @Nullable String executionRole,
      @Nullable String taskRole) {
    public Ecs {
      subnets = Checks.list(subnets);
      securityGroups = Checks.list(securityGroups);
    }
  }

  /**
   * @param context of the kubeconfig; null is the current one
   * @param gateway the Gateway (name, or namespace/name) the route hangs on; null: weights by the
   *     number of pods behind one Service
   * @param hostname of the route; null is any
   * @param registry repository the images are pushed to; null: they are on the nodes already
   * @param serviceAccount the pods run as; null is the namespace's default
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record Kubernetes(
      String namespace,
      @Nullable String context,
      @Nullable String gateway,
      @Nullable String hostname,
      @Nullable String registry,
      @Nullable String serviceAccount,
      String memory,
      double cpus) {}

  /**
   * @param path file the archive is written to
   * @param key reference to the Ed25519 key that signs it; null makes one for this store
   */
  public record Bundle(String path, @Nullable String key) {}
}
