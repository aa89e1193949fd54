package io.millrace.infra.it;

import io.millrace.activities.deploy.ContractClient.Scored;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * So many requests a second whatever the answers take (an open loop), each on a thread of its own;
 * counts answers by version and keeps every failure.
 */
final class SteadyLoad implements AutoCloseable {
  private final Asking asking;
  private final long everyNanos;
  private final Map<Integer, AtomicLong> counts = new ConcurrentHashMap<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  interface Asking {
    Scored ask() throws IOException;
  }

  /** Answers by version so far. */
  record Counts(Map<Integer, Long> versions) {
    long of(int version) {
      return versions.getOrDefault(version, 0L);
    }

    long total() {
      return versions.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  SteadyLoad(Asking asking, int perSecond) {
    this.asking = asking;
    this.everyNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.thread = Thread.ofPlatform().name("steady-load").start(this::run);
  }

  private void run() {
    long next = System.nanoTime();
    while (!closed) {
      sent.incrementAndGet();
      Thread.startVirtualThread(this::one);
      next += everyNanos;
      while (next - System.nanoTime() > 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  private void one() {
    try {
      counts.computeIfAbsent(asking.ask().version(), v -> new AtomicLong()).incrementAndGet();
    } catch (IOException | RuntimeException e) {
      failures.add(e.toString());
    }
    done.incrementAndGet();
  }

  /** Waits for so many more answers, good or bad. */
  void awaitAnswers(int more) throws InterruptedException {
    long until = done.get() + more;
    while (done.get() < until) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  Counts counts() {
    Map<Integer, Long> now = new java.util.TreeMap<>();
    counts.forEach((version, count) -> now.put(version, count.get()));
    return new Counts(now);
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Sends no more and waits for what is under way. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
      while (done.get() < sent.get()) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
