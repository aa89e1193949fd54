package io.millrace.activities.deploy.lambda;

import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricAlarmRequest;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceNotFoundException;

/** A function's log group and alarms. */
final class FunctionWatch {
  /** Of the time a call may take: beyond it, callers are about to see failures. */
  private static final double SLOW = 0.8;

  private final CloudWatchLogsClient logs;
  private final CloudWatchClient cloudWatch;
  private final LambdaSettings settings;

  FunctionWatch(CloudWatchLogsClient logs, CloudWatchClient cloudWatch, LambdaSettings settings) {
    this.logs = logs;
    this.cloudWatch = cloudWatch;
    this.settings = settings;
  }

  /** Made before the function, which would make one that keeps its lines for ever. */
  void ensureLogGroup(String endpoint) {
    String group = LambdaNames.logGroup(endpoint);
    LambdaErrors.call(
        "CreateLogGroup " + group,
        () -> {
          try {
            logs.createLogGroup(r -> r.logGroupName(group));
          } catch (ResourceAlreadyExistsException e) {
            // from an earlier try
          }
          return logs.putRetentionPolicy(
              r -> r.logGroupName(group).retentionInDays(settings.logRetentionDays()));
        });
  }

  /** Errors at all, and a p99 near the time a call may take, minute by minute. */
  void ensureAlarms(String endpoint, TargetSpec.Lambda spec) {
    LambdaErrors.call(
        "PutMetricAlarm of " + endpoint,
        () -> {
          cloudWatch.putMetricAlarm(
              alarm(LambdaNames.errorsAlarm(endpoint), endpoint, "Errors")
                  .alarmDescription("Endpoint " + endpoint + ": a call failed")
                  .statistic(Statistic.SUM)
                  .evaluationPeriods(1)
                  .threshold(1.0)
                  .build());
          return cloudWatch.putMetricAlarm(
              alarm(LambdaNames.latencyAlarm(endpoint), endpoint, "Duration")
                  .alarmDescription(
                      "Endpoint " + endpoint + ": p99 is near the time a call may take")
                  .extendedStatistic("p99")
                  .evaluationPeriods(3)
                  .threshold(spec.timeout().toMillis() * SLOW)
                  .build());
        });
  }

  private PutMetricAlarmRequest.Builder alarm(String name, String endpoint, String metric) {
    String function = LambdaNames.function(endpoint);
    return PutMetricAlarmRequest.builder()
        .alarmName(name)
        .namespace("AWS/Lambda")
        .metricName(metric)
        .dimensions(
            Dimension.builder().name("FunctionName").value(function).build(),
            Dimension.builder().name("Resource").value(function + ":" + LambdaNames.LIVE).build())
        .period(60)
        .comparisonOperator(ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD)
        // nobody asking is no alarm
        .treatMissingData("notBreaching")
        .alarmActions(settings.alarmTopic() == null ? List.of() : List.of(settings.alarmTopic()));
  }

  /** Gone already is success. */
  void remove(String endpoint) {
    LambdaErrors.call(
        "DeleteAlarms of " + endpoint,
        () ->
            cloudWatch.deleteAlarms(
                r ->
                    r.alarmNames(
                        LambdaNames.errorsAlarm(endpoint), LambdaNames.latencyAlarm(endpoint))));
    String group = LambdaNames.logGroup(endpoint);
    LambdaErrors.call(
        "DeleteLogGroup " + group,
        () -> {
          try {
            logs.deleteLogGroup(r -> r.logGroupName(group));
          } catch (ResourceNotFoundException e) {
            // gone already
          }
          return true;
        });
  }
}
