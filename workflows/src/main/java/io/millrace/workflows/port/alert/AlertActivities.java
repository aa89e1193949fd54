package io.millrace.workflows.port.alert;

import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns what checks see into alerts: one open alert per rule and subject, opened and recovered by
 * the rule's debounce, told once each. State is {@code endpoints/<name>/alerts/<seq>.json}.
 */
@ActivityInterface(namePrefix = "Alert")
public interface AlertActivities {
  /**
   * Holds a check, and what its endpoint served, against the rules of the model's spec. A repeat
   * with the same {@code key} changes nothing and answers what is still to be told.
   */
  Judged judge(JudgeRequest request);

  /** The same of the schedules of all models with an endpoint. */
  Judged judgeSchedules(SchedulesRequest request);

  /** Remembers that notices were delivered. A repeat changes nothing. */
  void told(ToldRequest request);

  /**
   * @param key of the check, which finds its report
   * @param failure why there is no report; null when there is one
   */
  record JudgeRequest(String model, Instant at, String key, @Nullable String failure) {}

  /**
   * @param key idempotency key
   */
  record SchedulesRequest(Instant at, String key, ScheduleActivities.Review review) {}

  /**
   * @param keys of the notices
   */
  record ToldRequest(String model, List<String> keys) {
    public ToldRequest {
      keys = Checks.list(keys);
    }
  }

  /**
   * @param notices that nobody was told yet, oldest first; of alerts that are muted none
   * @param open alerts that are open
   * @param made when the champion was made; null without one
   * @param rows predictions that it has logged; null when no rule asks
   * @param sentence for people
   */
  record Judged(
      List<Notice> notices,
      int open,
      @Nullable Instant made,
      @Nullable Long rows,
      String sentence) {
    public Judged {
      notices = Checks.list(notices);
    }
  }

  /**
   * That an alert opened, or recovered.
   *
   * @param key names this notice for ever
   * @param alert id of the alert
   * @param rule such as {@code drift}
   * @param subject what of the model it is about, such as {@code version 3}; empty for all of it
   * @param severity {@code info}, {@code warning} or {@code error}; {@code info} for a recovery
   * @param recovered whether it is over
   * @param since when the alert opened
   * @param receivers who is to hear of it, by the champion's spec
   */
  record Notice(
      String key,
      String alert,
      String model,
      String rule,
      String subject,
      String severity,
      boolean recovered,
      Instant since,
      String sentence,
      List<WatchSpec.NotifySpec> receivers) {
    public Notice {
      receivers = Checks.list(receivers);
    }
  }
}
