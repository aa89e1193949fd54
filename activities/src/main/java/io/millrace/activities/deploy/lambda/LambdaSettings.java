package io.millrace.activities.deploy.lambda;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every function of this worker has in common.
 *
 * @param keys references to the API keys that functions with {@code auth: key} take
 * @param logRetentionDays of the functions' log groups; one of the numbers CloudWatch Logs knows
 * @param alarmTopic ARN of the SNS topic that alarms go to; null: they only change their state
 * @param permissionsBoundary ARN for roles made here; null for none
 * @param registry repository that images are pushed to where the spec names none; null for none
 */
public record LambdaSettings(
    List<String> keys,
    int logRetentionDays,
    @Nullable String alarmTopic,
    @Nullable String permissionsBoundary,
    @Nullable String registry) {
  public LambdaSettings {
    keys = List.copyOf(keys);
  }

  /** No keys, a month of logs. */
  public static LambdaSettings defaults() {
    return new LambdaSettings(List.of(), 30, null, null, null);
  }
}
