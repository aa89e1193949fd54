package io.millrace.activities.deploy.lambda;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;

/**
 * Whether a version starts from a snapshot: it is published both ways, both are measured, and the
 * faster stays. What was measured is kept in the function's tags.
 */
final class SnapStartChoice {
  private static final Logger LOG = LoggerFactory.getLogger(SnapStartChoice.class);

  /** A snapshot costs money and a longer deployment: it must be clearly faster. */
  private static final double CLEARLY = 0.9;

  private static final String TAG = "millrace:start-";

  private final LambdaClient lambda;
  private final FunctionVersions versions;
  private final StartMeasure measure;

  SnapStartChoice(LambdaClient lambda, FunctionVersions versions) {
    this.lambda = lambda;
    this.versions = versions;
    this.measure = new StartMeasure(lambda);
  }

  /** What was decided, by the model's version. */
  Map<Integer, Boolean> decided(String function) {
    Map<Integer, Boolean> decided = new HashMap<>();
    LambdaErrors.call("tags of " + function, () -> arn(function).map(this::tags).orElse(Map.of()))
        .forEach(
            (tag, value) -> {
              if (tag.matches(TAG + "\\d{1,9}")) {
                decided.put(
                    Integer.valueOf(tag.substring(TAG.length())), value.startsWith("snapshot"));
              }
            });
    return decided;
  }

  private Map<String, String> tags(String arn) {
    return lambda.listTags(r -> r.resource(arn)).tags();
  }

  private Optional<String> arn(String function) {
    try {
      return Optional.of(
          lambda.getFunctionConfiguration(r -> r.functionName(function)).functionArn());
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Publishes both, chooses, and removes the other. */
  FunctionVersions.Published choose(FunctionPlan plan, Deadline deadline) {
    String function = plan.function();
    FunctionVersions.Published plain = versions.ensure(plan.with(false), deadline);
    FunctionVersions.Published snapshot = versions.ensure(plan.with(true), deadline);
    double without = measure.millis(function, plain.number());
    double with = measure.millis(function, snapshot.number());
    boolean better = with < without * CLEARLY;
    String measured =
        String.format(
            Locale.ROOT,
            "%s: %.0f ms from a snapshot - %.0f ms without",
            better ? "snapshot" : "plain",
            with,
            without);
    LOG.info("{}: {}", plan.description(), measured);
    LambdaErrors.call(
        "TagResource " + function,
        () ->
            lambda.tagResource(
                r ->
                    r.resource(arn(function).orElseThrow())
                        .tags(Map.of(TAG + plan.version().version(), measured))));
    versions.delete(function, better ? plain.number() : snapshot.number());
    return better ? snapshot : plain;
  }
}
