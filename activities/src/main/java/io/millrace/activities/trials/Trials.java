package io.millrace.activities.trials;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    Shelf shelf = shelf(runId);
    Map<String, TrialRequest> requests = new TreeMap<>(shelf.requests());
    for (Map.Entry<String, Journal.Entry> done : shelf.results().entrySet()) {
      if (!requests.containsKey(done.getKey()) && !done.getValue().runId().equals(runId)) {
        TrialRequest earlier = shelf(done.getValue().runId()).requests().get(done.getKey());
        if (earlier != null) {
          requests.put(done.getKey(), earlier);
        }
      }
    }
    Map<String, Shelf> shelves = new HashMap<>(Map.of(runId, shelf));
    List<TrialRecord> records = new ArrayList<>();
    requests.forEach(
        (digest, request) ->
            records.add(
                new TrialRecord(
                    digest,
                    request,
                    attempts(runId, digest, request, shelf.results().get(digest), shelves),
                    result(shelf.results().get(digest)))));
    records.sort(
        Comparator.comparingInt(TrialRecord::trial)
            .thenComparing(
                record -> record.started() == null ? java.time.Instant.MAX : record.started()));
    return records;
  }

  /** The trial of a run with this digest; empty when nothing is kept of it. */
  public Optional<TrialRecord> find(String runId, String digest) {
    return of(runId).stream().filter(record -> record.digest().equals(digest)).findFirst();
  }

  /** What one run keeps, by digest. */
  private record Shelf(
      Map<String, TrialRequest> requests,
      Map<String, Journal.Entry> results,
      Map<String, List<TrialAttempt>> attempts) {}

  /** Of this run and, first, of the runs it goes on from. */
  private List<TrialAttempt> attempts(
      String runId,
      String digest,
      TrialRequest request,
      Journal.@Nullable Entry done,
      Map<String, Shelf> shelves) {
    List<TrialAttempt> all = new ArrayList<>();
    String run = runId;
    String next = earlier(runId, request, done);
    for (int i = 0; i < RUNS && run != null; i++) {
      Shelf shelf = shelves.computeIfAbsent(run, this::shelf);
      all.addAll(0, shelf.attempts().getOrDefault(digest, List.of()));
      run = next;
      TrialRequest its =
          run == null
              ? null
              : shelves.computeIfAbsent(run, this::shelf).requests().get(digest);
      next = its == null ? null : its.run().resumeFrom();
    }
    return all;
  }

  private static @Nullable String earlier(
      String runId, TrialRequest request, Journal.@Nullable Entry done) {
    if (request.run().runId().equals(runId)) {
      return request.run().resumeFrom();
    }
    return done == null ? null : done.runId();
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
