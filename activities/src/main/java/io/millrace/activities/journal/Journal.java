package io.millrace.activities.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finished steps of runs, one object each, created once and never changed: {@code
 * runs/<runId>/journal/<Activity>-<inputDigest>.json}; beside them one object per start of real
 * work: {@code runs/<runId>/attempts/<Activity>-<inputDigest>/<seq>.json}. Thread-safe.
 */
public final class Journal {
  private static final ObjectMapper JSON = PayloadJson.mapper();
  private static final ScopedValue<Attempt> ATTEMPT = ScopedValue.newInstance();
  private final ObjectStore store;
  private final Sequences sequences;

  public Journal(ObjectStore store) {
    this.store = store;
    this.sequences = new Sequences(store);
  }

  /**
   * A finished step.
   *
   * @param activity its type, such as {@code TrainFit}
   * @param inputDigest of the request without its run
   * @param runId whose step it was when the work was done
   * @param attempt of the activity that finished it, 1, 2, …
   * @param node who did it
   * @param result what it answered, as JSON; null for nothing
   * @param resultDigest SHA-256 of {@code result}
   */
  public record Entry(
      int format,
      String activity,
      String inputDigest,
      String runId,
      Instant started,
      Instant finished,
      int attempt,
      String node,
      @Nullable JsonNode result,
      String resultDigest) {}

  /**
   * One start of real work; a start without an {@link Entry} did not finish.
   *
   * @param seq 1, 2, … per activity and input
   * @param attempt of the activity, as Temporal counts
   * @param workflowId whose activity it is; null outside a workflow
   */
  public record Attempt(
      long seq,
      String activity,
      String inputDigest,
      Instant started,
      int attempt,
      String node,
      @Nullable String workflowId) {}

  /** The key of a request: the digest of everything in it but its run. */
  public static String inputDigest(JournaledRequest request) {
    ObjectNode tree = JSON.valueToTree(request);
    tree.remove("run");
    return PayloadJson.digest(tree);
  }

  /**
   * The entry of a finished step; empty when it has not finished.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code STORE_CORRUPT} when it cannot be read or
   *     its result does not match its digest
   */
  public Optional<Entry> find(String runId, String activity, String inputDigest) {
    String key = key(runId, activity, inputDigest);
    return store.get(key).map(bytes -> read(key, bytes, activity, inputDigest));
  }

  /**
   * Records a finished step in a run; the first record wins.
   *
   * @return what the journal holds now: this entry, or the one that was there
   */
  public Entry record(String runId, Entry entry) {
    String key = key(runId, entry.activity(), entry.inputDigest());
    if (store.create(key, bytes(entry))) {
      return entry;
    }
    return find(runId, entry.activity(), entry.inputDigest())
        .orElseThrow(
            () ->
                Failures.of(
                    FailureType.STORE_CORRUPT,
                    "journal: " + key + " (expected: to be there, it could not be created)"));
  }

  /**
   * Notes that real work starts now.
   *
   * @return the attempt with its number
   */
  public Attempt started(String runId, Attempt attempt) {
    Attempt[] noted = new Attempt[1];
    sequences.append(
        attempts(runId) + attempt.activity() + "-" + attempt.inputDigest() + "/",
        (seq, head) -> {
          noted[0] =
              new Attempt(
                  seq,
                  attempt.activity(),
                  attempt.inputDigest(),
                  attempt.started(),
                  attempt.attempt(),
                  attempt.node(),
                  attempt.workflowId());
          return bytes(noted[0]);
        });
    return noted[0];
  }

  /** The attempt the calling thread works on; null outside a journaled activity. */
  public static @Nullable Attempt attempt() {
    return ATTEMPT.isBound() ? ATTEMPT.get() : null;
  }

  /** Does the work of an attempt, which {@link #attempt} answers meanwhile. */
  public static <T> T during(Attempt attempt, Supplier<T> work) {
    return ScopedValue.where(ATTEMPT, attempt).call(work::get);
  }

  /** Every finished step of a run, in the order they finished. */
  public List<Entry> entries(String runId) {
    return store.list(steps(runId)).stream()
        .map(key -> read(key, present(key), null, null))
        .sorted(Comparator.comparing(Entry::finished).thenComparing(Entry::activity))
        .toList();
  }

  /** Every start of real work of a run, in the order they started. */
  public List<Attempt> attemptsOf(String runId) {
    return store.list(attempts(runId)).stream()
        .map(key -> parse(key, present(key), Attempt.class))
        .sorted(Comparator.comparing(Attempt::started).thenComparing(Attempt::seq))
        .toList();
  }

  /** The JSON of a result as the journal keeps it: what reading it again will give. */
  static JsonNode tree(@Nullable Object result) {
    try {
      return JSON.readTree(JSON.writeValueAsBytes(result));
    } catch (IOException e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN,
          e,
          "result: " + (result == null ? null : result.getClass()) + " (expected: JSON)");
    }
  }

  static String key(String runId, String activity, String inputDigest) {
    return steps(runId) + activity + "-" + Checks.digest("inputDigest", inputDigest) + ".json";
  }

  private static String steps(String runId) {
    return "runs/" + Checks.name("runId", runId) + "/journal/";
  }

  private static String attempts(String runId) {
    return "runs/" + Checks.name("runId", runId) + "/attempts/";
  }

  private byte[] present(String key) {
    return store
        .get(key)
        .orElseThrow(
            () ->
                Failures.of(
                    FailureType.STORE_CORRUPT, "journal: " + key + " (expected: to be there)"));
  }

  private static Entry read(
      String key, byte[] bytes, @Nullable String activity, @Nullable String inputDigest) {
    Entry entry = parse(key, bytes, Entry.class);
    boolean misplaced =
        (activity != null && !activity.equals(entry.activity()))
            || (inputDigest != null && !inputDigest.equals(entry.inputDigest()));
    if (misplaced || !PayloadJson.digest(tree(entry.result())).equals(entry.resultDigest())) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, "journal: " + key + " (expected: to match its own digest)");
    }
    return entry;
  }

  private static <T> T parse(String key, byte[] bytes, Class<T> type) {
    try {
      T value = JSON.readValue(bytes, type);
      if (value != null) {
        return value;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          e,
          "journal: " + key + " (expected: JSON of an " + type.getSimpleName() + ")");
    }
    throw Failures.of(
        FailureType.STORE_CORRUPT,
        "journal: " + key + " (expected: JSON of an " + type.getSimpleName() + ")");
  }

  private static byte[] bytes(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter()
          .writeValueAsString(value)
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("journal entries are JSON", e);
    }
  }
}
