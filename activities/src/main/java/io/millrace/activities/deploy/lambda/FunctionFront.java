package io.millrace.activities.deploy.lambda;

import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.AddPermissionRequest;
import software.amazon.awssdk.services.lambda.model.FunctionUrlAuthType;
import software.amazon.awssdk.services.lambda.model.GetAliasResponse;
import software.amazon.awssdk.services.lambda.model.GetFunctionUrlConfigResponse;
import software.amazon.awssdk.services.lambda.model.PreconditionFailedException;
import software.amazon.awssdk.services.lambda.model.ProvisionedConcurrencyConfigListItem;
import software.amazon.awssdk.services.lambda.model.ProvisionedConcurrencyConfigNotFoundException;
import software.amazon.awssdk.services.lambda.model.ProvisionedConcurrencyStatusEnum;
import software.amazon.awssdk.services.lambda.model.ResourceConflictException;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;

/**
 * What stands before a function's versions: the alias with its weights, the URL, and how many
 * instances there are and may be. An alias sends requests to one version, and a share of them to
 * one other ("Lambda function aliases", weighted alias, AWS Lambda developer guide).
 */
final class FunctionFront {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionFront.class);
  private final LambdaClient lambda;

  FunctionFront(LambdaClient lambda) {
    this.lambda = lambda;
  }

  /**
   * Shares of an alias.
   *
   * @param main number of the version that has what the other has not
   * @param shares of the other version, by its number; empty for none
   */
  record Routing(String main, Map<String, Double> shares) {
    Routing {
      shares = Map.copyOf(shares);
    }

    /** Every number it names. */
    TreeSet<String> numbers() {
      TreeSet<String> all = new TreeSet<>(shares.keySet());
      all.add(main);
      return all;
    }

    /**
     * @param weights by number, two at most, summing to 1
     */
    static Routing of(Map<String, Double> weights) {
      String main =
          weights.entrySet().stream()
              .max(
                  Map.Entry.<String, Double>comparingByValue()
                      .thenComparing(Map.Entry.comparingByKey()))
              .orElseThrow()
              .getKey();
      Map<String, Double> shares = new TreeMap<>(weights);
      shares.remove(main);
      return new Routing(main, shares);
    }
  }

  /** What the alias says now; empty when there is none. */
  Optional<Routing> routing(String function) {
    return LambdaErrors.call("GetAlias " + function, () -> alias(function))
        .map(FunctionFront::routing);
  }

  private Optional<GetAliasResponse> alias(String function) {
    try {
      return Optional.of(lambda.getAlias(r -> r.functionName(function).name(LambdaNames.LIVE)));
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Routing routing(GetAliasResponse alias) {
    Map<String, Double> shares =
        alias.routingConfig() == null ? Map.of() : alias.routingConfig().additionalVersionWeights();
    return new Routing(alias.functionVersion(), shares);
  }

  /** Sets the shares; what they are already is left alone. */
  void route(String function, Routing wanted, Deadline deadline) {
    while (true) {
      try {
        Optional<GetAliasResponse> there = alias(function);
        if (there.isEmpty()) {
          lambda.createAlias(
              r ->
                  r.functionName(function)
                      .name(LambdaNames.LIVE)
                      .functionVersion(wanted.main())
                      .routingConfig(c -> c.additionalVersionWeights(wanted.shares())));
        } else if (!routing(there.get()).equals(wanted)) {
          lambda.updateAlias(
              r ->
                  r.functionName(function)
                      .name(LambdaNames.LIVE)
                      .functionVersion(wanted.main())
                      .routingConfig(c -> c.additionalVersionWeights(wanted.shares()))
                      .revisionId(there.get().revisionId()));
        }
        return;
      } catch (PreconditionFailedException | ResourceConflictException e) {
        LOG.debug("alias of {}: somebody else changes it, again", function, e);
      } catch (SdkException e) {
        throw LambdaErrors.of("alias " + function + ":" + LambdaNames.LIVE, e);
      }
      deadline.pause("the alias of " + function + " is being changed");
    }
  }

  /** The URL of the alias; empty when there is none. */
  Optional<String> url(String function) {
    return LambdaErrors.call(
        "GetFunctionUrlConfig " + function,
        () -> urlConfig(function).map(GetFunctionUrlConfigResponse::functionUrl));
  }

  private Optional<GetFunctionUrlConfigResponse> urlConfig(String function) {
    try {
      return Optional.of(
          lambda.getFunctionUrlConfig(r -> r.functionName(function).qualifier(LambdaNames.LIVE)));
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Makes the alias' URL. With API keys anybody may call it, and the handler asks for the key. */
  String ensureUrl(String function, TargetSpec.Lambda settings) {
    boolean key = settings.auth().equals("key");
    FunctionUrlAuthType auth = key ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM;
    return LambdaErrors.call(
        "function URL of " + function,
        () -> {
          Optional<GetFunctionUrlConfigResponse> there = urlConfig(function);
          String url;
          if (there.isEmpty()) {
            url = createUrl(function, auth);
          } else {
            url = there.get().functionUrl();
            if (there.get().authType() != auth) {
              lambda.updateFunctionUrlConfig(
                  r -> r.functionName(function).qualifier(LambdaNames.LIVE).authType(auth));
            }
          }
          if (key) {
            // both are asked for: the first since there are URLs, the second since October 2025
            permit(
                function,
                r ->
                    r.statementId("millrace-url")
                        .action("lambda:InvokeFunctionUrl")
                        .functionUrlAuthType(FunctionUrlAuthType.NONE));
            permit(
                function,
                r ->
                    r.statementId("millrace-url-invoke")
                        .action("lambda:InvokeFunction")
                        .invokedViaFunctionUrl(true));
          }
          return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        });
  }

  private String createUrl(String function, FunctionUrlAuthType auth) {
    try {
      return lambda
          .createFunctionUrlConfig(
              r -> r.functionName(function).qualifier(LambdaNames.LIVE).authType(auth))
          .functionUrl();
    } catch (ResourceConflictException e) {
      return urlConfig(function).orElseThrow(() -> e).functionUrl();
    }
  }

  private void permit(
      String function, java.util.function.Consumer<AddPermissionRequest.Builder> statement) {
    try {
      lambda.addPermission(
          r -> {
            r.functionName(function).qualifier(LambdaNames.LIVE).principal("*");
            statement.accept(r);
          });
    } catch (ResourceConflictException e) {
      // said already
    }
  }

  /** Most instances at once, of all versions together. @param reserved null for no bound of ours */
  void reserve(String function, @Nullable Integer reserved) {
    LambdaErrors.call(
        "reserved concurrency of " + function,
        () -> {
          Integer there =
              lambda
                  .getFunctionConcurrency(r -> r.functionName(function))
                  .reservedConcurrentExecutions();
          if (reserved == null && there != null) {
            lambda.deleteFunctionConcurrency(r -> r.functionName(function));
          } else if (reserved != null && !reserved.equals(there)) {
            lambda.putFunctionConcurrency(
                r -> r.functionName(function).reservedConcurrentExecutions(reserved));
          }
          return true;
        });
  }

  /**
   * Keeps instances of these versions warm, and of no others. Each version has its own, so that a
   * new one is warm before it gets any traffic.
   *
   * @param numbers that have or get traffic
   * @param each instances of every one; 0 for none
   */
  void provision(String function, List<String> numbers, int each, Deadline deadline) {
    provisioned(function).stream()
        .filter(number -> each == 0 || !numbers.contains(number))
        .forEach(number -> unprovision(function, number));
    if (each == 0) {
      return;
    }
    for (String number : numbers) {
      while (!warm(function, number, each)) {
        deadline.pause("instances of " + function + ":" + number + " are being started");
      }
    }
  }

  private List<String> provisioned(String function) {
    return LambdaErrors.call(
        "ListProvisionedConcurrencyConfigs " + function,
        () ->
            lambda
                .listProvisionedConcurrencyConfigs(r -> r.functionName(function))
                .provisionedConcurrencyConfigs()
                .stream()
                .map(ProvisionedConcurrencyConfigListItem::functionArn)
                .map(arn -> arn.substring(arn.lastIndexOf(':') + 1))
                .toList());
  }

  private void unprovision(String function, String number) {
    LambdaErrors.call(
        "DeleteProvisionedConcurrencyConfig " + function + ":" + number,
        () ->
            lambda.deleteProvisionedConcurrencyConfig(
                r -> r.functionName(function).qualifier(number)));
  }

  private boolean warm(String function, String number, int each) {
    return LambdaErrors.call(
        "provisioned concurrency of " + function + ":" + number,
        () -> {
          try {
            var there =
                lambda.getProvisionedConcurrencyConfig(
                    r -> r.functionName(function).qualifier(number));
            if (there.requestedProvisionedConcurrentExecutions() == each
                && there.status() != ProvisionedConcurrencyStatusEnum.FAILED) {
              return there.status() == ProvisionedConcurrencyStatusEnum.READY;
            }
          } catch (ProvisionedConcurrencyConfigNotFoundException e) {
            // asked for below
          }
          lambda.putProvisionedConcurrencyConfig(
              r ->
                  r.functionName(function).qualifier(number).provisionedConcurrentExecutions(each));
          return false;
        });
  }
}
