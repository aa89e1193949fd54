package io.millrace.activities.notify;

import io.millrace.activities.secret.SecretResolver;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import java.net.URI;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the links that answer for a run into the notification that it waits: the facts {@code
 * approve} and {@code decline}, good until the approval expires. Whoever has a link may use it, so
 * it goes into a webhook's body and into nothing that is kept: no log, no history.
 */
public final class ApprovalLinks {
  private static final Logger LOG = LoggerFactory.getLogger(ApprovalLinks.class);
  private final URI page;
  private final String key;
  private final SecretResolver secrets;

  /**
   * @param page where links are answered
   * @param key reference to the secret that signs them
   */
  public ApprovalLinks(URI page, String key, SecretResolver secrets) {
    this.page = page;
    this.key = key;
    this.secrets = secrets;
  }

  /**
   * The same notification with links; as it is when it asks for no approval. Without a usable key
   * people are told all the same, without links.
   */
  Notification in(Notification notification) {
    Map<String, String> facts = notification.facts();
    String workflow = facts.get("workflow");
    String role = facts.get("role");
    String expires = facts.get("expires");
    if (!notification.type().equals(NotifyActivities.WAITING_APPROVAL)
        || workflow == null
        || role == null
        || expires == null) {
      return notification;
    }
    Map<String, String> linked = new TreeMap<>(facts);
    try {
      Instant until = Instant.parse(expires);
      byte[] bytes = secrets.resolve(key);
      linked.put("approve", link(workflow, role, true, until, bytes));
      linked.put("decline", link(workflow, role, false, until, bytes));
    } catch (DateTimeParseException | IllegalArgumentException e) {
      LOG.warn("no approval links: {}", e.getMessage());
      return notification;
    } catch (io.temporal.failure.ApplicationFailure e) {
      LOG.warn("no approval links: {}", Failures.sentence(e));
      return notification;
    }
    return new Notification(
        notification.key(),
        notification.model(),
        notification.type(),
        notification.severity(),
        notification.title(),
        notification.text(),
        linked,
        notification.receivers());
  }

  private String link(String workflow, String role, boolean accept, Instant expires, byte[] key) {
    return new ApprovalLink(workflow, role, accept, expires, null).on(page, key).toString();
  }
}
