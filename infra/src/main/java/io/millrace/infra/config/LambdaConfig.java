package io.millrace.infra.config;

import io.millrace.activities.deploy.lambda.LambdaSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The settings of the target {@code lambda}, described in {@code infra/docs/targets.md}. */
final class LambdaConfig {
  static final Map<String, String> DEFAULTS =
      Map.of(
          "lambda.keys", "",
          "lambda.log-retention-days", "30",
          "lambda.alarm-topic", "",
          "lambda.permissions-boundary", "",
          "lambda.registry", "");

  /** What CloudWatch Logs takes. */
  private static final Set<String> RETENTIONS =
      Set.of(
          "1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545",
          "731", "1096", "1827", "2192", "2557", "2922", "3288", "3653");

  private LambdaConfig() {}

  static LambdaSettings from(Function<String, String> get, List<String> problems) {
    String days = get.apply("lambda.log-retention-days");
    if (!RETENTIONS.contains(days)) {
      problems.add(
          "lambda.log-retention-days: "
              + days
              + " (expected: days that CloudWatch Logs knows, such as 7, 30, 90 or 365)");
      days = "30";
    }
    List<String> keys =
        Arrays.stream(get.apply("lambda.keys").split(","))
            .map(String::strip)
            .filter(key -> !key.isEmpty())
            .toList();
    if (!keys.stream().allMatch(key -> key.startsWith("secret:"))) {
      // not repeated: it may be the key itself
      problems.add(
          "lambda.keys: (expected: references such as secret:env:NAME, separated by commas)");
    }
    return new LambdaSettings(
        keys,
        Integer.parseInt(days),
        arn("lambda.alarm-topic", get, problems),
        arn("lambda.permissions-boundary", get, problems),
        get.apply("lambda.registry").isBlank() ? null : get.apply("lambda.registry").strip());
  }

  private static @Nullable String arn(
      String key, Function<String, String> get, List<String> problems) {
    String text = get.apply(key);
    if (!text.isEmpty() && !text.startsWith("arn:")) {
      problems.add(key + ": " + text + " (expected: an ARN)");
    }
    return text.isEmpty() ? null : text;
  }
}
