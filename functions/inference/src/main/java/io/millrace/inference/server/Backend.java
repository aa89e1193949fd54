package io.millrace.inference.server;

import io.millrace.inference.runtime.ModelRuntime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A loaded version and the requests that use it. It is closed after the last of them; a request
 * that comes too late is told so by {@link #acquire} and asks the fleet again.
 */
final class Backend {
  private final int version;
  private final ModelRuntime runtime;
  private final VersionStats stats;
  private final Batcher batcher;
  private final ShadowStats shadow;
  private final AtomicInteger users = new AtomicInteger();
  private volatile boolean retired;

  Backend(
      int version,
      ModelRuntime runtime,
      VersionStats stats,
      ShadowStats shadow,
      Batching batching) {
    this.version = version;
    this.runtime = runtime;
    this.stats = stats;
    this.shadow = shadow;
    this.batcher = new Batcher(runtime, batching);
  }

  int version() {
    return version;
  }

  ModelRuntime runtime() {
    return runtime;
  }

  VersionStats stats() {
    return stats;
  }

  /** Of mirrored requests. */
  ShadowStats shadow() {
    return shadow;
  }

  /** Scores the rows of requests. */
  Batcher batcher() {
    return batcher;
  }

  /** False when the version is being unloaded; else {@link #release} must follow. */
  boolean acquire() {
    users.incrementAndGet();
    if (retired) {
      users.decrementAndGet();
      return false;
    }
    return true;
  }

  void release() {
    users.decrementAndGet();
  }

  /**
   * Closes the runtime once nobody uses it, or after {@code atMost} (a late request fails then).
   */
  void retire(Duration atMost) {
    retired = true;
    long end = System.nanoTime() + atMost.toNanos();
    try {
      while (users.get() > 0 && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    runtime.close();
  }
}
