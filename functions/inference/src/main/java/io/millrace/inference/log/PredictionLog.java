package io.millrace.inference.log;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what was answered, off the way of the answers: a bounded queue and one writer thread. A
 * part ends at {@link #PART_ROWS} rows, after {@link #PART_AGE}, at the turn of the hour, and on
 * flush; its lines are written first, its profile second, so that a profile always has its lines. A
 * sink that fails is tried again until it works, and rows that find the queue full are dropped and
 * counted: a request never waits for the log. Thread-safe.
 */
public final class PredictionLog implements AutoCloseable {
  static final int PART_ROWS = 5_000;
  static final Duration PART_AGE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(PredictionLog.class);
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final String endpoint;
  private final String instance;
  private final int maxQueuedRows;
  private final LogSink sink;
  private final Clock clock;
  private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>();
  private final Map<String, Part> open = new LinkedHashMap<>();
  private final AtomicLong queuedRows = new AtomicLong();
  private final AtomicLong loggedRows = new AtomicLong();
  private final AtomicLong droppedRows = new AtomicLong();
  private final AtomicLong parts = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;
  private volatile boolean givenUp;
  private long seq;

  private sealed interface Item {
    /** A request to log. */
    record Request(Answered answered) implements Item {}

    /** Everything before it is to be written now. */
    record Flush(CompletableFuture<Void> done, boolean last) implements Item {}
  }

  /**
   * @param server names this process in the keys; a suffix made here keeps restarts apart
   * @param maxQueuedRows rows that may wait for the writer
   */
  public PredictionLog(
      String endpoint, String server, int maxQueuedRows, LogSink sink, Clock clock) {
    this.endpoint = endpoint;
    this.maxQueuedRows = maxQueuedRows;
    this.sink = sink;
    this.clock = clock;
    String start = Long.toString(clock.millis(), 36);
    instance = server + "-" + start + UUID.randomUUID().toString().substring(0, 8);
    writer = Thread.ofPlatform().name("prediction-log").daemon().unstarted(this::run);
    writer.start();
  }

  /** Takes an answer for the log; drops and counts its rows when too many wait. Never blocks. */
  public void offer(Answered answered) {
    int rows = answered.rows().size();
    if (closing || queuedRows.addAndGet(rows) > maxQueuedRows) {
      if (!closing) {
        queuedRows.addAndGet(-rows);
      }
      droppedRows.addAndGet(rows);
      return;
    }
    queue.add(new Item.Request(answered));
  }

  /**
   * Writes everything that was offered before.
   *
   * @return false when that took longer than {@code atMost}; it goes on then
   */
  public boolean flush(Duration atMost) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    queue.add(new Item.Flush(done, false));
    return await(done, atMost);
  }

  /** {@link #close(Duration)} with 10 s. */
  @Override
  public void close() {
    close(Duration.ofSeconds(10));
  }

  /**
   * Writes what is left and stops.
   *
   * @return false when the sink did not take it in time; those rows are lost and counted as dropped
   */
  public boolean close(Duration atMost) {
    closing = true;
    CompletableFuture<Void> done = new CompletableFuture<>();
    queue.add(new Item.Flush(done, true));
    boolean written = await(done, atMost);
    givenUp = true;
    writer.interrupt();
    if (!written) {
      LOG.error("prediction log: {} rows could not be written before the end", queuedRows.get());
    }
    return written;
  }

  private static boolean await(CompletableFuture<Void> done, Duration atMost) {
    try {
      done.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e); // nothing completes it so
    }
  }

  /** Rows whose part and profile are in the sink. */
  public long loggedRows() {
    return loggedRows.get();
  }

  /** Rows that were dropped as too many waited. */
  public long droppedRows() {
    return droppedRows.get();
  }

  /** Rows that wait, or are in a part that is not written yet. */
  public long queuedRows() {
    return queuedRows.get();
  }

  /** Parts in the sink. */
  public long parts() {
    return parts.get();
  }

  /** Calls of the sink that failed. */
  public long failures() {
    return failures.get();
  }

  private void run() {
    try {
      while (true) {
        Item item = queue.poll(untilNextCut(), TimeUnit.MILLISECONDS);
        switch (item) {
          case null -> cutOld();
          case Item.Request(Answered answered) -> {
            try {
              take(answered);
            } catch (RuntimeException e) {
              // a defect must not end the log: its rows are lost, the next ones are not
              LOG.error("prediction log: {} rows are lost", answered.rows().size(), e);
              droppedRows.addAndGet(answered.rows().size());
              queuedRows.addAndGet(-answered.rows().size());
              open.remove(answered.folder());
            }
            cutOld();
          }
          case Item.Flush(CompletableFuture<Void> done, boolean last) -> {
            for (String folder : List.copyOf(open.keySet())) {
              cut(folder);
            }
            done.complete(null);
            if (last) {
              return;
            }
          }
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("the log's writer ends", e);
    }
  }

  private long untilNextCut() {
    if (open.isEmpty()) {
      return PART_AGE.toMillis();
    }
    Instant now = clock.instant();
    long least = PART_AGE.toMillis();
    for (Part part : open.values()) {
      least = Math.min(least, Duration.between(now, part.opened().plus(PART_AGE)).toMillis());
    }
    return Math.max(1, least);
  }

  private void cutOld() throws InterruptedException {
    Instant now = clock.instant();
    List<String> old = new ArrayList<>();
    open.forEach(
        (key, part) -> {
          if (!now.isBefore(part.opened().plus(PART_AGE))) {
            old.add(key);
          }
        });
    for (String key : old) {
      cut(key);
    }
  }

  private void take(Answered answered) throws InterruptedException {
    String key = answered.folder();
    Part part = open.get(key);
    if (part != null && !part.takes(answered)) {
      cut(key);
      part = null;
    }
    if (part == null) {
      part = new Part(endpoint, answered, clock.instant());
      open.put(key, part);
    }
    part.add(answered);
    if (part.rows() >= PART_ROWS) {
      cut(key);
    }
  }

  private void cut(String key) throws InterruptedException {
    @Nullable Part part = open.remove(key);
    if (part == null) {
      return;
    }
    String name = part.folder() + instance + "-" + "%08d".formatted(++seq);
    write(name + ".jsonl.gz", part.lines());
    write(name + ".profile.json", part.profile().toJson());
    parts.incrementAndGet();
    loggedRows.addAndGet(part.rows());
    queuedRows.addAndGet(-part.rows());
  }

  private void write(String key, byte[] content) throws InterruptedException {
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        sink.write(key, content);
        return;
      } catch (RuntimeException e) {
        failures.incrementAndGet();
        if (givenUp) {
          throw new InterruptedException("given up on " + key);
        }
        LOG.warn("prediction log: {} cannot be written, again in {} ms", key, pause, e);
        Thread.sleep(pause);
        pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
      }
    }
  }
}
