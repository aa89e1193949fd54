package io.millrace.activities.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Work that is done in two halves at once, on two of the processors that an ingest takes. */
final class Halves {
  static final int COUNT = 2;

  private Halves() {}

  /** One of them. */
  @FunctionalInterface
  interface Half {
    /**
     * @param number 0 or 1
     * @return what both are asked for together
     */
    long sum(int number) throws SQLException, IOException;
  }

  /**
   * The sum of both.
   *
   * @throws SQLException also for what could not be read or written
   */
  static long sum(Half half) throws SQLException {
    Callable<Long> second = () -> half.sum(1);
    FutureTask<Long> aside = new FutureTask<>(second);
    Thread.ofPlatform().daemon().name("ingest-half").start(aside);
    try {
      long first = half.sum(0);
      return first + aside.get();
    } catch (IOException | UncheckedIOException e) {
      throw SortedKeys.unwritable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", e);
    } catch (ExecutionException e) {
      throw thrown(e.getCause());
    } finally {
      ended(aside);
    }
  }

  private static SQLException thrown(@Nullable Throwable cause) {
    if (cause instanceof SQLException sql) {
      return new SQLException(sql.getMessage(), sql);
    }
    if (cause instanceof IOException || cause instanceof UncheckedIOException) {
      return SortedKeys.unwritable((Exception) cause);
    }
    throw cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
  }

  /** Nobody closes what the other half still works with. */
  private static void ended(FutureTask<Long> aside) {
    boolean interrupted = false;
    while (true) {
      try {
        aside.get();
        break;
      } catch (ExecutionException e) {
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
