package io.millrace.activities.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every check of an endpoint, {@code endpoints/<name>/drift/<seq>.json}: the report, and how far
 * the log has been looked at, which the next check goes on from.
 */
final class DriftLog {
  /**
   * How far back a key is looked for. A repeat follows its first try within minutes, schedules are
   * minutes apart.
   */
  private static final int KEYS = 100;

  private final ObjectStore store;
  private final String prefix;

  DriftLog(ObjectStore store, String endpoint) {
    this.store = store;
    this.prefix = "endpoints/" + Checks.name("endpoint", endpoint) + "/drift/";
  }

  /**
   * @param key idempotency key of the check
   * @param cursors how far each version's log has been looked at, by version; windows by rows only
   * @param pending windows that wait for labels, oldest first
   * @param labelFiles label files there were
   */
  record Entry(
      String key,
      DriftReport report,
      Map<Integer, Cursor> cursors,
      List<Pending> pending,
      int labelFiles) {
    Entry {
      cursors = cursors == null ? Map.of() : Map.copyOf(cursors);
      pending = Checks.list(pending);
    }
  }

  /**
   * @param rows looked at so far
   * @param last key of the last part looked at, by server
   */
  record Cursor(long rows, Map<String, String> last) {
    static final Cursor START = new Cursor(0, Map.of());

    Cursor {
      last = last == null ? Map.of() : Map.copyOf(last);
    }
  }

  /**
   * @param parts keys of the window's parts, without the ending
   */
  record Pending(
      int version, Instant from, Instant to, long firstRow, long rows, List<String> parts) {
    Pending {
      parts = Checks.list(parts);
    }
  }

  /**
   * @param seq 0 before the first check
   * @param entry null before the first check
   */
  record Head(long seq, @Nullable Entry entry) {}

  Head head() {
    return new Sequences(store)
        .head(prefix)
        .map(head -> new Head(head.seq(), read(head.content())))
        .orElseGet(() -> new Head(0, null));
  }

  /** The report of the check with this key. */
  Optional<DriftReport> find(String key, long newest) {
    for (long seq = newest; seq > Math.max(0, newest - KEYS); seq--) {
      Optional<byte[]> content = store.get(prefix + "%010d.json".formatted(seq));
      if (content.isPresent()) {
        Entry entry = read(content.get());
        if (entry.key().equals(key)) {
          return Optional.of(entry.report());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Reports of the newest checks, oldest first; those that are no longer there are left out.
   *
   * @param newest number of the last one that counts
   * @param most how many
   */
  List<DriftReport> last(long newest, int most) {
    List<Long> numbers = new ArrayList<>();
    for (long seq = Math.max(1, newest - most + 1); seq <= newest; seq++) {
      numbers.add(seq);
    }
    List<DriftReport> reports = new ArrayList<>();
    for (List<Long> some : Together.groups(numbers, 8)) {
      Together.all(some, seq -> store.get(prefix + "%010d.json".formatted(seq)))
          .forEach(content -> content.ifPresent(bytes -> reports.add(read(bytes).report())));
    }
    return reports;
  }

  /** Appends after {@code seq}; false when somebody else did meanwhile. */
  boolean append(long seq, Entry entry) {
    try {
      return store.create(
          prefix + "%010d.json".formatted(seq + 1), PayloadJson.mapper().writeValueAsBytes(entry));
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "drift report: cannot be written as JSON");
    }
  }

  /** Where a check's pages are, named by its key so that a repeat writes over its own. */
  String page(String key) {
    return prefix + "reports/" + PayloadJson.sha256(key).substring(0, 24);
  }

  private Entry read(byte[] content) {
    try {
      return PayloadJson.mapper().readValue(content, Entry.class);
    } catch (IOException e) {
      throw WatchedVersion.unreadable(prefix, e);
    }
  }
}
