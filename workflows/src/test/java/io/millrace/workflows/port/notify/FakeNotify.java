package io.millrace.workflows.port.notify;

import io.millrace.workflows.port.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages in memory, each once. */
public final class FakeNotify extends Script implements NotifyActivities {
  private final Map<String, Notification> sent = new LinkedHashMap<>();

  @Override
  public synchronized void send(Notification notification) {
    called("send", notification);
    sent.putIfAbsent(notification.key(), notification);
  }

  public synchronized List<Notification> sent() {
    return List.copyOf(sent.values());
  }

  public List<String> types() {
    return sent().stream().map(Notification::type).toList();
  }
}
