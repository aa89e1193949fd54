package io.millrace.activities.notify;

import io.millrace.activities.secret.SecretResolver;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.spec.WatchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends to the log and to webhooks. Every receiver is tried; when one could not be reached the
 * whole is {@code NOTIFY_FAILED} and is tried again, so a receiver may get a message twice, each
 * time with the same bytes and the same CloudEvents {@code id}.
 */
public final class Notifiers implements NotifyActivities {
  private static final Logger LOG = LoggerFactory.getLogger(Notifiers.class);
  private final SecretResolver secrets;
  private final @Nullable ApprovalLinks links;
  private final Webhook webhook;

  /**
   * @param secrets resolves the signing keys that specs name
   */
  public Notifiers(SecretResolver secrets) {
    this(secrets, null);
  }

  /**
   * @param secrets resolves the signing keys that specs name
   * @param links for webhooks that are told of a run that waits for approval; null for none
   */
  public Notifiers(SecretResolver secrets, @Nullable ApprovalLinks links) {
    this.secrets = secrets;
    this.links = links;
    this.webhook = new Webhook();
  }

  @Override
  public void send(Notification notification) {
    List<String> problems = new ArrayList<>();
    for (WatchSpec.NotifySpec receiver : notification.receivers()) {
      if (receiver.webhook() != null) {
        byte[] key = receiver.hmac() == null ? null : secrets.resolve(receiver.hmac());
        Notification told = links == null ? notification : links.in(notification);
        webhook.post(receiver.webhook(), key, told).ifPresent(problems::add);
      } else if (Boolean.TRUE.equals(receiver.log())) {
        log(notification);
      }
    }
    if (!problems.isEmpty()) {
      throw Failures.of(FailureType.NOTIFY_FAILED, String.join("; ", problems));
    }
  }

  private static void log(Notification notification) {
    String facts =
        notification.facts().entrySet().stream()
            .sorted(java.util.Map.Entry.comparingByKey())
            .map(fact -> fact.getKey() + "=" + fact.getValue())
            .collect(Collectors.joining(" "));
    // one event is one line, whatever its texts hold
    String line =
        (notification.model()
                + ": "
                + notification.title()
                + ": "
                + notification.text()
                + " "
                + facts)
            .replaceAll("\\s+", " ")
            .strip();
    switch (notification.severity()) {
      case "error" -> LOG.error("{} [{}]", line, notification.key());
      case "warning" -> LOG.warn("{} [{}]", line, notification.key());
      default -> LOG.info("{} [{}]", line, notification.key());
    }
  }
}
