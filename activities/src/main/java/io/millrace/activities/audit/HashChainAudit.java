package io.millrace.activities.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audit log in the store. Each entry holds the hash of the one before, so a changed, swapped or
 * removed entry is found by {@link #verify}; cutting the newest ones off is found only by somebody
 * who kept the head's hash. Appending to a log whose head is broken is {@code STORE_CORRUPT}: a
 * decision that cannot be recorded is not taken.
 *
 * <p>A claim per key, {@code audit-keys/<sha256 of the key>.json}, remembers how long the log was
 * before the first attempt to append; a repeat looks for its key only from there on.
 */
public final class HashChainAudit implements AuditActivities {
  private static final String PREFIX = "audit/";
  private static final String CLAIMS = "audit-keys/";
  private static final ObjectMapper JSON = PayloadJson.mapper();
  private final ObjectStore store;
  private final Sequences sequences;
  private final Clock clock;

  public HashChainAudit(ObjectStore store) {
    this(store, Clock.systemUTC());
  }

  HashChainAudit(ObjectStore store, Clock clock) {
    this.store = store;
    this.sequences = new Sequences(store);
    this.clock = clock;
  }

  /**
   * @param after sequence number of the head when the key was first seen; 0 for an empty log
   */
  record Claim(String key, long after) {}

  @Override
  public void record(AuditRecord entry) {
    Checks.present("key", entry.key());
    Checks.present("action", entry.action());
    Checks.present("who", entry.who());
    long[] looked = {claim(entry.key()).after()};
    sequences.append(
        PREFIX,
        (seq, head) -> {
          for (long known = looked[0] + 1; known < seq; known++) {
            if (parse(known, store.get(key(known)).orElseThrow(() -> gone(seq)))
                .key()
                .equals(entry.key())) {
              return null;
            }
          }
          looked[0] = seq - 1;
          String previous = head == null ? AuditEntry.FIRST : sound(head).hash();
          return bytes(
              AuditEntry.after(
                  seq, previous, clock.instant().truncatedTo(ChronoUnit.MILLIS), entry));
        });
  }

  /** Every entry, oldest first; {@code STORE_CORRUPT} when one cannot be read. */
  public List<AuditEntry> entries() {
    return sequences.all(PREFIX).stream().map(e -> parse(e.seq(), e.content())).toList();
  }

  /**
   * Entries of the newest thousand that were appended at or after a moment, oldest first; {@code
   * STORE_CORRUPT} when one cannot be read.
   */
  public List<AuditEntry> since(Instant moment) {
    List<AuditEntry> found = new ArrayList<>();
    long head = sequences.head(PREFIX).map(Sequences.Entry::seq).orElse(0L);
    for (long seq = head; seq > Math.max(0, head - 1_000); seq--) {
      long at = seq;
      AuditEntry entry = parse(seq, store.get(key(seq)).orElseThrow(() -> gone(at)));
      if (entry.at().isBefore(moment)) {
        break;
      }
      found.addFirst(entry);
    }
    return found;
  }

  /**
   * @param entries how many are sound, from the first on
   * @param head hash of the last sound one; null for an empty log
   * @param broken the first that is not; null when all are
   */
  public record Verification(long entries, @Nullable String head, @Nullable Broken broken) {
    public boolean sound() {
      return broken == null;
    }
  }

  /**
   * @param key in the store @param sentence what is wrong with it
   */
  public record Broken(long seq, String key, String sentence) {}

  /** Walks the chain from its start. */
  public Verification verify() {
    String previous = AuditEntry.FIRST;
    long sound = 0;
    for (Sequences.Entry entry : sequences.all(PREFIX)) {
      long expected = sound + 1;
      String problem =
          entry.seq() != expected ? "is missing" : problem(entry.content(), expected, previous);
      if (problem != null) {
        return new Verification(
            sound,
            sound == 0 ? null : previous,
            new Broken(expected, key(expected), "entry " + expected + " " + problem));
      }
      previous = parse(entry.seq(), entry.content()).hash();
      sound++;
    }
    return new Verification(sound, sound == 0 ? null : previous, null);
  }

  private static @Nullable String problem(byte[] content, long seq, String previous) {
    JsonNode tree;
    AuditEntry entry;
    try {
      tree = JSON.readTree(content);
      entry = JSON.treeToValue(tree, AuditEntry.class);
    } catch (IOException | IllegalArgumentException e) {
      return "cannot be read: " + e.getClass().getSimpleName();
    }
    if (entry == null || !(tree instanceof ObjectNode object)) {
      return "is no audit entry";
    }
    List<String> problems = new ArrayList<>();
    if (entry.seq() != seq) {
      problems.add("says it is entry " + entry.seq());
    }
    if (!AuditEntry.hash(object).equals(entry.hash())) {
      problems.add("does not match its own hash: it was changed");
    }
    if (!entry.previous().equals(previous)) {
      problems.add("does not continue the one before: that was changed or replaced");
    }
    return problems.isEmpty() ? null : String.join(" and ", problems);
  }

  private AuditEntry sound(Sequences.Entry head) {
    AuditEntry entry = parse(head.seq(), head.content());
    String problem = problem(head.content(), head.seq(), entry.previous());
    if (problem != null) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          "audit: " + key(head.seq()) + " (expected: sound): " + problem);
    }
    return entry;
  }

  private Claim claim(String key) {
    String at = CLAIMS + PayloadJson.sha256(key) + ".json";
    byte[] known = store.get(at).orElse(null);
    if (known == null) {
      long head = sequences.head(PREFIX).map(Sequences.Entry::seq).orElse(0L);
      Claim mine = new Claim(key, head);
      if (store.create(at, bytes(mine))) {
        return mine;
      }
      known = store.get(at).orElseThrow();
    }
    try {
      Claim claim = JSON.readValue(known, Claim.class);
      return claim.key().equals(key) ? claim : new Claim(key, 0);
    } catch (IOException e) {
      // a claim only shortens the search
      return new Claim(key, 0);
    }
  }

  private static AuditEntry parse(long seq, byte[] content) {
    try {
      AuditEntry entry = JSON.readValue(content, AuditEntry.class);
      if (entry != null) {
        return entry;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, e, "audit: " + key(seq) + " (expected: an audit entry)");
    }
    throw Failures.of(
        FailureType.STORE_CORRUPT, "audit: " + key(seq) + " (expected: an audit entry)");
  }

  private static RuntimeException gone(long seq) {
    return Failures.of(
        FailureType.STORE_CORRUPT,
        "audit: an entry before " + key(seq) + " is missing (expected: none)");
  }

  private static String key(long seq) {
    return PREFIX + "%010d.json".formatted(seq);
  }

  private static byte[] bytes(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("audit entries are JSON", e);
    }
  }
}
