package io.millrace.workflows.approval;

import io.millrace.workflows.ref.Checks;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A link that answers for a run: whoever holds it may, until it expires, give this one answer in
 * this one role. Its query says what it is for and ends in {@code sig}, the unpadded base64url
 * HMAC-SHA256 (RFC 2104) over everything before it. Equal links have equal text, so a notification
 * that is sent again is the same.
 *
 * @param workflowId of the run
 * @param role in which the person answers
 * @param accept the answer: yes or no
 * @param expires to the second; the link is refused from then on
 * @param who the only person who may use it; null for anybody who has it
 */
public record ApprovalLink(
    String workflowId, String role, boolean accept, Instant expires, @Nullable String who) {
  /** RFC 2104 advises a key as long as the hash. */
  public static final int KEY_BYTES = 32;

  /** In front of what is signed, so that no other use of the key signs a link. */
  private static final String PURPOSE = "millrace-approval-v1?";

  public ApprovalLink {
    Checks.present("run", workflowId);
    Checks.present("role", role);
    if (who != null) {
      Checks.present("who", who);
    }
    expires = expires.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Why a link was refused. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** True when it was a good one once. */
    private final boolean expired;

    private Refused(boolean expired, String message) {
      super(message);
      this.expired = expired;
    }

    /** True when the link was signed with the key and its time is over. */
    public boolean expired() {
      return expired;
    }
  }

  /**
   * The link as text.
   *
   * @param page where the link is answered; without a query
   * @param key at least {@value #KEY_BYTES} bytes
   */
  public URI on(URI page, byte[] key) {
    if (page.getHost() == null || page.getQuery() != null || page.getFragment() != null) {
      throw new IllegalArgumentException(
          "approval.url: " + page + " (expected: an http(s) URL without a query)");
    }
    String query = query();
    return URI.create(page + "?" + query + "&sig=" + signature(query, key));
  }

  /**
   * Reads and checks a link's query.
   *
   * @param query its parameters, decoded
   * @throws Refused when it was not signed with the key as it stands, or has expired
   */
  public static ApprovalLink verified(Map<String, String> query, byte[] key, Instant now) {
    ApprovalLink link = read(query);
    String signature = query.get("sig");
    byte[] given =
        signature == null ? new byte[0] : signature.getBytes(StandardCharsets.ISO_8859_1);
    byte[] right =
        link == null
            ? new byte[0]
            : signature(link.query(), key).getBytes(StandardCharsets.ISO_8859_1);
    // isEqual takes as long for a near miss as for a far one
    if (link == null || !MessageDigest.isEqual(right, given)) {
      throw new Refused(false, "sig: not of this link (expected: the link as it was sent)");
    }
    if (!now.isBefore(link.expires)) {
      throw new Refused(true, "expires: " + link.expires + " (expected: after " + now + ")");
    }
    return link;
  }

  /** One use by one person: equal for equal links and names, 32 hex digits. */
  public String use(String person) {
    return sha256(query() + "#" + person.strip().toLowerCase(java.util.Locale.ROOT))
        .substring(0, 32);
  }

  /** Null when something is missing or no value of its field. */
  private static @Nullable ApprovalLink read(Map<String, String> query) {
    String run = query.get("run");
    String role = query.get("role");
    String answer = query.get("answer");
    String expires = query.get("expires");
    if (run == null || role == null || answer == null || expires == null) {
      return null;
    }
    if (!answer.matches("approve|decline") || !expires.matches("[1-9]\\d{0,10}")) {
      return null;
    }
    try {
      return new ApprovalLink(
          run,
          role,
          answer.equals("approve"),
          Instant.ofEpochSecond(Long.parseLong(expires)),
          query.get("who"));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** In a fixed order and encoded, so that no two links have one text. */
  private String query() {
    String text =
        "run="
            + encoded(workflowId)
            + "&role="
            + encoded(role)
            + "&answer="
            + (accept ? "approve" : "decline")
            + "&expires="
            + expires.getEpochSecond();
    return who == null ? text : text + "&who=" + encoded(who);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String signature(String query, byte[] key) {
    if (key.length < KEY_BYTES) {
      throw new IllegalArgumentException(
          "approval.key: " + key.length + " bytes (expected: at least " + KEY_BYTES + ")");
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal((PURPOSE + query).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
