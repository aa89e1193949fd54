package io.millrace.inference.server;

import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Joins requests of one version into runs of its graph. While the graph is free a request runs at
 * once; requests that come while it is busy wait, and the first of them runs for all. So there is
 * no timer, and a lone connection never waits. A request that waited {@link Batching#longestWait}
 * runs alone. Joined or not, a row gets the same bits ({@link ModelRuntime}'s promise).
 * Thread-safe.
 */
final class Batcher {
  /** Below it a run costs less than handing a request from one thread to another. */
  private static final long WORTH_NANOS = 50_000;

  private static final int PROBES = 5;

  private final ModelRuntime runtime;
  private final Batching batching;
  private final boolean on;
  private final Payoff payoff;
  private final int lanes;
  private final Buckets runRows = new Buckets(1, 2, 4, 8, 16, 32, 64, 128, 256, 1_024, 10_000);
  private final Buckets waited =
      new Buckets(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1);
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private int busy;

  /** A request that waits; guarded by the lock. */
  private static final class Waiting {
    final Rows rows;
    final Condition changed;
    @Nullable List<Waiting> joined;
    @Nullable List<Prediction> predictions;
    @Nullable RuntimeException failure;
    boolean done;

    Waiting(Rows rows, Condition changed) {
      this.rows = rows;
      this.changed = changed;
    }
  }

  Batcher(ModelRuntime runtime, Batching batching) {
    this.runtime = runtime;
    this.batching = batching;
    double needed = batching.mode() == Batching.Mode.AUTO ? needed(runtime, batching.rows()) : 0;
    on = batching.mode() != Batching.Mode.OFF && needed <= batching.rows();
    payoff = new Payoff(needed);
    // the other half of the processors reads and writes requests meanwhile
    lanes = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  /** Whether requests are joined. */
  boolean on() {
    return on;
  }

  /** Rows of the graph's runs. */
  Buckets runRows() {
    return runRows;
  }

  /** Seconds that requests waited for a run. */
  Buckets waited() {
    return waited;
  }

  /**
   * Rows that a joined run needs, on the average, to beat runs of single rows on twice as many
   * processors; infinite when runs are too short to wait for.
   */
  private static double needed(ModelRuntime runtime, int rows) {
    double one = nanos(runtime, 1);
    return one < WORTH_NANOS ? Double.POSITIVE_INFINITY : 2 * nanos(runtime, rows) / one;
  }

  /** The fastest of a few runs: the first ones also warm the graph up. */
  private static long nanos(ModelRuntime runtime, int rows) {
    Schema schema = runtime.schema();
    List<Object> columns = new ArrayList<>(schema.size());
    for (int i = 0; i < schema.size(); i++) {
      columns.add(schema.isNumber(i) ? new double[rows] : new @Nullable String[rows]);
    }
    long best = Long.MAX_VALUE;
    for (int i = 0; i < PROBES; i++) {
      long start = System.nanoTime();
      runtime.score(columns, rows);
      best = Math.min(best, System.nanoTime() - start);
    }
    return best;
  }

  /** As {@link ModelRuntime#predict(Rows)}. */
  List<Prediction> predict(Rows rows) {
    if (!on || rows.size() > batching.rows() / 2 || !payoff.joins(System.nanoTime())) {
      runRows.add(rows.size());
      return runtime.predict(rows);
    }
    rows.check(); // what is wrong with one request must not reach another
    Waiting own;
    lock.lock();
    try {
      if (busy < lanes) {
        busy++;
        own = new Waiting(rows, lock.newCondition());
        own.joined = List.of(own);
      } else {
        own = new Waiting(rows, lock.newCondition());
        queue.add(own);
        long start = System.nanoTime();
        await(own);
        waited.add((System.nanoTime() - start) / 1e9);
      }
    } finally {
      lock.unlock();
    }
    List<Waiting> joined = own.joined;
    if (joined != null) {
      run(joined);
    } else if (!own.done) {
      runRows.add(rows.size()); // waited long enough
      return runtime.predict(rows);
    }
    if (own.failure != null) {
      throw own.failure;
    }
    List<Prediction> predictions = own.predictions;
    if (predictions == null) {
      throw new IllegalStateException("a run without an answer");
    }
    return predictions;
  }

  /** Until it is done, is the one to run, or has waited long enough (and left the queue). */
  private void await(Waiting own) {
    long left = batching.longestWait().toNanos();
    try {
      while (!own.done && own.joined == null && left > 0) {
        left = own.changed.awaitNanos(left);
      }
      // taken by a run under way: its end is near
      while (!own.done && own.joined == null && !queue.remove(own)) {
        own.changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      queue.remove(own);
    }
  }

  private void run(List<Waiting> joined) {
    try {
      if (joined.size() == 1) {
        single(joined.getFirst());
      } else {
        together(joined);
      }
    } finally {
      lock.lock();
      try {
        for (Waiting request : joined) {
          request.done = true;
          request.changed.signal();
        }
        payoff.ran(joined.stream().mapToInt(r -> r.rows.size()).sum(), System.nanoTime());
        next();
      } finally {
        lock.unlock();
      }
    }
  }

  private void single(Waiting request) {
    runRows.add(request.rows.size());
    try {
      request.predictions = runtime.predict(request.rows);
    } catch (RuntimeException e) {
      request.failure = e;
    }
  }

  private void together(List<Waiting> joined) {
    Rows all = Rows.joined(joined.stream().map(request -> request.rows).toList());
    List<Prediction> predictions;
    try {
      predictions = runtime.predict(all);
    } catch (RowInvalid e) {
      joined.forEach(this::single); // one of them: each finds its own
      return;
    } catch (RuntimeException e) {
      joined.forEach(request -> request.failure = e);
      return;
    }
    runRows.add(all.size());
    int from = 0;
    for (Waiting request : joined) {
      request.predictions = predictions.subList(from, from + request.rows.size());
      from += request.rows.size();
    }
  }

  /** Hands the graph to the first that waits, with as many behind it as fit. */
  private void next() {
    Waiting first = queue.poll();
    if (first == null) {
      busy--;
      return;
    }
    List<Waiting> joined = new ArrayList<>();
    joined.add(first);
    int rows = first.rows.size();
    for (Waiting more = queue.peek();
        more != null && rows + more.rows.size() <= batching.rows();
        more = queue.peek()) {
      queue.remove();
      joined.add(more);
      rows += more.rows.size();
    }
    first.joined = joined;
    first.changed.signal();
  }
}
