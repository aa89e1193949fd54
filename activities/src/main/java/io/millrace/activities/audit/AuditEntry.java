package io.millrace.activities.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * One link of the chain, {@code audit/<seq>.json}.
 *
 * @param seq 1, 2, … without a gap
 * @param at when it was appended
 * @param key idempotency key of what is told
 * @param previous hash of the entry before; 64 zeros for the first
 * @param hash SHA-256 of the canonical JSON (keys sorted, no white space, UTF-8) of everything here
 *     but itself
 */
public record AuditEntry(
    int format,
    long seq,
    Instant at,
    String key,
    String model,
    String action,
    String who,
    String reason,
    Map<String, String> facts,
    String previous,
    String hash) {
  static final String FIRST = "0".repeat(64);

  public AuditEntry {
    Checks.positive("seq", seq);
    Checks.present("key", key);
    Checks.digest("previous", previous);
    Checks.digest("hash", hash);
    facts = facts == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(facts));
  }

  /** The link that tells this after the previous one. */
  static AuditEntry after(long seq, String previous, Instant at, AuditRecord told) {
    AuditEntry open =
        new AuditEntry(
            1,
            seq,
            at,
            told.key(),
            told.model(),
            told.action(),
            told.who(),
            told.reason(),
            told.facts(),
            previous,
            FIRST);
    return open.with(open.computed());
  }

  private AuditEntry with(String itsHash) {
    return new AuditEntry(
        format, seq, at, key, model, action, who, reason, facts, previous, itsHash);
  }

  /** What the hash must be. */
  String computed() {
    ObjectNode tree = PayloadJson.mapper().valueToTree(this);
    return hash(tree);
  }

  /** The hash of an entry as it lies in the store, fields this version does not know included. */
  static String hash(ObjectNode stored) {
    ObjectNode open = stored.deepCopy();
    open.remove("hash");
    return PayloadJson.digest(open);
  }
}
