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

  /**
   * @param type such as {@code io.millrace.drift}, a CloudEvents type
   * @param severity {@code info}, {@code warning}, {@code error}
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
