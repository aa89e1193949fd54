package io.millrace.workflows.port.notify;

import io.millrace.workflows.spec.WatchSpec;
import io.temporal.activity.ActivityInterface;
import java.util.List;
import java.util.Map;

/** Tells people. */
@ActivityInterface(namePrefix = "Notify")
public interface NotifyActivities {
  /**
   * Sends to every receiver of the spec; a repeat with the same {@code key} is the same message.
   */
  void send(Notification notification);

  /** The type of the notification that a run waits for approval. */
  String WAITING_APPROVAL = "io.millrace.run.waiting-approval";

  /**
   * @param type such as {@code io.millrace.drift}, a CloudEvents type
   * @param severity {@code info}, {@code warning}, {@code error}
   * @param facts of {@link #WAITING_APPROVAL}: {@code workflow} (id of the run's), {@code role},
   *     {@code quorum} and {@code expires} (an instant)
   */
  record Notification(
      String key,
      String model,
      String type,
      String severity,
      String title,
      String text,
      Map<String, String> facts,
      List<WatchSpec.NotifySpec> receivers) {}
}
