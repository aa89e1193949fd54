package io.millrace.inference.edge;

import io.millrace.inference.log.LogSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a spool into a store, oldest part first, a part's lines before its profile. An object's key
 * was given when it was written and it is created only where it is not there yet, so one that was
 * sent twice, because a process died in between, is in the store once.
 */
public final class Shipment implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shipment.class);
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Spool spool;
  private final LogSink store;
  private final Thread thread = Thread.ofPlatform().name("shipment").daemon().unstarted(this::run);

  public Shipment(Spool spool, LogSink store) {
    this.spool = spool;
    this.store = store;
  }

  /**
   * Ships what waits now.
   *
   * @return objects shipped; empty when another process is at it
   * @throws RuntimeException when the store does not take one; the rest stays
   */
  public Optional<Integer> ship() {
    try (FileChannel file =
            FileChannel.open(
                spool.dir().resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = file.tryLock()) {
      if (lock == null) {
        return Optional.empty();
      }
      int shipped = 0;
      for (String key : spool.waiting()) {
        Optional<byte[]> content = spool.content(key);
        if (content.isPresent()) {
          store.write(key, content.get());
          shipped++;
        }
        spool.remove(key);
      }
      return Optional.of(shipped);
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("spool: " + spool.dir() + " (expected: writable)", e);
    }
  }

  /** Ships again and again until it is closed; once. */
  public Shipment start() {
    thread.start();
    return this;
  }

  private void run() {
    Duration pause = EVERY;
    while (!Thread.currentThread().isInterrupted()) {
      try {
        int shipped = ship().orElse(0);
        if (shipped > 0) {
          LOG.info("spool: {} objects shipped", shipped);
        }
        pause = EVERY;
      } catch (RuntimeException e) {
        LOG.info("spool: the store takes nothing now, again in {}: {}", pause, e.getMessage());
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Ends the thread if there is one; an object under way is shipped, or again next time. */
  @Override
  public void close() {
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
