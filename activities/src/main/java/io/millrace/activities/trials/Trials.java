package io.millrace.activities.trials;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is kept of trials: the journal's starts and results, and what {@link AttemptLog} laid
 * beside the packages. Records that cannot be read are {@code STORE_CORRUPT}. Thread-safe.
 */
public final class Trials {
  /** Activities whose attempts are attempts at a trial. */
  private static final String TRAIN = "Train";

  /** Objects read at the same time: a hundred trials are some five hundred small objects. */
  private static final int READERS = 16;

  /** Runs that resume one another, looked back through. */
  private static final int RUNS = 10;

  private final ObjectStore store;
  private final Journal journal;

  public Trials(ObjectStore store) {
    this.store = store;
    this.journal = new Journal(store);
  }

  /** Every trial of a run that was started or taken over from the run it resumes, by number. */
  public List<TrialRecord> of(String runId) {
    Map<String, Shelf> shelves = new HashMap<>();
    Shelf own = shelves.computeIfAbsent(runId, this::shelf);
    Map<String, TrialRequest> requests = new TreeMap<>(own.requests());
    own.results()
        .forEach(
            (digest, done) -> {
              Shelf its = shelves.computeIfAbsent(done.runId(), this::shelf);
              TrialRequest asked = its.requests().get(digest);
              if (asked != null) {
                requests.putIfAbsent(digest, asked);
              }
            });
    // a search that pauses a trial and lets it go on asks for one trial several times
    Map<String, List<String>> digests = new TreeMap<>();
    requests.forEach(
        (digest, request) ->
            digests.computeIfAbsent(identity(request), id -> new ArrayList<>()).add(digest));
    List<TrialRecord> records = new ArrayList<>();
    digests.forEach(
        (identity, asked) -> records.add(record(runId, identity, asked, requests, shelves)));
    records.sort(
        Comparator.comparingInt(TrialRecord::trial)
            .thenComparing(record -> record.started() == null ? Instant.MAX : record.started()));
    return records;
  }

  /**
   * One trial.
   *
   * @param digest of one of its requests, as the journal has it
   * @return empty when nothing is kept of it
   */
  public Optional<TrialRecord> find(String runId, String digest) {
    return of(runId).stream().filter(record -> record.requests().containsKey(digest)).findFirst();
  }

  /**
   * Every result of a trial of the run, also of one that went on later; of what was taken over too.
   */
  public List<TrialResult> results(String runId) {
    return journal.entries(runId).stream()
        .filter(entry -> entry.activity().startsWith(TRAIN))
        .map(Trials::result)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Of a request without its run and where it pauses. */
  private static String identity(TrialRequest request) {
    ObjectNode tree = PayloadJson.mapper().valueToTree(request);
    tree.remove("run");
    tree.remove("stopAfter");
    return PayloadJson.digest(tree);
  }

  private TrialRecord record(
      String runId,
      String identity,
      List<String> digests,
      Map<String, TrialRequest> requests,
      Map<String, Shelf> shelves) {
    Shelf own = shelves.computeIfAbsent(runId, this::shelf);
    Map<String, TrialRequest> asked = new TreeMap<>();
    List<TrialAttempt> attempts = new ArrayList<>();
    TrialResult best = null;
    for (String digest : digests) {
      TrialRequest request = requests.get(digest);
      if (request == null) {
        continue;
      }
      asked.put(digest, request);
      Journal.Entry done = own.results().get(digest);
      attempts.addAll(attempts(runId, digest, request, done, shelves));
      TrialResult result = result(done);
      if (result != null && (best == null || result.epochs() >= best.epochs())) {
        best = result;
      }
    }
    attempts.sort(Comparator.comparing(TrialAttempt::started));
    return new TrialRecord(identity, asked, attempts, best);
  }

  /** What one run keeps, by digest. */
  private record Shelf(
      Map<String, TrialRequest> requests,
      Map<String, Journal.Entry> results,
      Map<String, List<TrialAttempt>> attempts) {}

  /** Of one request, in this run and in the runs it goes on from. */
  private List<TrialAttempt> attempts(
      String runId,
      String digest,
      TrialRequest request,
      Journal.@Nullable Entry done,
      Map<String, Shelf> shelves) {
    List<TrialAttempt> all = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String run = runId;
    String next = done != null && !done.runId().equals(runId) ? done.runId() : null;
    if (next == null && request.run().runId().equals(runId)) {
      next = request.run().resumeFrom();
    }
    while (run != null && seen.add(run) && seen.size() <= RUNS) {
      Shelf shelf = shelves.computeIfAbsent(run, this::shelf);
      all.addAll(0, shelf.attempts().getOrDefault(digest, List.of()));
      TrialRequest its = shelf.requests().get(digest);
      run = next;
      next = null;
      if (run == null && its != null && !its.run().runId().equals(runId)) {
        run = its.run().resumeFrom();
      }
    }
    return all;
  }

  private Shelf shelf(String runId) {
    List<String> keys = store.list(TrialKeys.run(runId));
    Map<String, byte[]> objects =
        read(
            keys.stream()
                .filter(
                    key ->
                        key.endsWith("/" + TrialKeys.REQUEST)
                            || key.endsWith(TrialKeys.ORIGIN)
                            || key.endsWith(TrialKeys.END))
                .toList());
    Map<String, TrialRequest> requests = new TreeMap<>();
    objects.forEach(
        (key, bytes) -> {
          if (key.endsWith("/" + TrialKeys.REQUEST)) {
            String folder = key.substring(0, key.length() - TrialKeys.REQUEST.length() - 1);
            requests.put(
                folder.substring(folder.lastIndexOf('/') + 1),
                TrialKeys.parse(key, bytes, TrialRequest.class));
          }
        });
    Map<String, Journal.Entry> results = new TreeMap<>();
    for (Journal.Entry entry : journal.entries(runId)) {
      if (entry.activity().startsWith(TRAIN)) {
        results.put(entry.inputDigest(), entry);
      }
    }
    Map<String, List<TrialAttempt>> attempts = new TreeMap<>();
    for (Journal.Attempt start : journal.attemptsOf(runId)) {
      TrialRequest request = requests.get(start.inputDigest());
      if (start.activity().startsWith(TRAIN) && request != null) {
        String prefix = TrialKeys.trial(runId, request.trial(), start.inputDigest());
        attempts
            .computeIfAbsent(start.inputDigest(), digest -> new ArrayList<>())
            .add(
                new TrialAttempt(
                    runId,
                    start.seq(),
                    start.attempt(),
                    start.node(),
                    start.started(),
                    object(
                        objects,
                        prefix + TrialKeys.attempt(start.seq(), TrialKeys.ORIGIN),
                        TrialAttempt.Origin.class),
                    object(
                        objects,
                        prefix + TrialKeys.attempt(start.seq(), TrialKeys.END),
                        TrialAttempt.End.class)));
      }
    }
    return new Shelf(requests, results, attempts);
  }

  private static <T> @Nullable T object(Map<String, byte[]> objects, String key, Class<T> type) {
    byte[] bytes = objects.get(key);
    return bytes == null ? null : TrialKeys.parse(key, bytes, type);
  }

  private static @Nullable TrialResult result(Journal.@Nullable Entry entry) {
    if (entry == null || entry.result() == null) {
      return null;
    }
    try {
      return PayloadJson.mapper().convertValue(entry.result(), TrialResult.class);
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          e,
          "journal: " + entry.inputDigest() + " (expected: a TrialResult)");
    }
  }

  private Map<String, byte[]> read(List<String> keys) {
    Map<String, byte[]> objects = new TreeMap<>();
    Function<String, byte[]> one = key -> store.get(key).orElse(new byte[0]);
    try (ExecutorService readers =
        Executors.newFixedThreadPool(READERS, Thread.ofVirtual().factory())) {
      Map<String, Future<byte[]>> reading = new TreeMap<>();
      keys.forEach(key -> reading.put(key, readers.submit(() -> one.apply(key))));
      for (Map.Entry<String, Future<byte[]>> read : reading.entrySet()) {
        objects.put(read.getKey(), read.getValue().get());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("reading trials", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(FailureType.STORE_UNAVAILABLE, e, "trials: interrupted (expected: not)");
    }
    return objects;
  }
}
