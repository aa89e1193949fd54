package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Questions that are asked beside the caller, on a connection of their own; closed, all are. */
final class Aside<T> implements AutoCloseable {
  private final CompletableFuture<T> answer;

  private Aside(CompletableFuture<T> answer) {
    this.answer = answer;
  }

  /** Asks. */
  @FunctionalInterface
  interface Questions<T> {
    T ask(DuckDb own) throws SQLException;
  }

  /**
   * @param name of the thread
   */
  static <T> Aside<T> begin(DuckDb db, String name, Questions<T> questions) throws SQLException {
    DuckDb own = db.beside();
    return new Aside<>(
        CompletableFuture.supplyAsync(
            () -> asked(own, questions),
            task -> Thread.ofPlatform().daemon().name(name).start(task)));
  }

  /** What is known already. */
  static <T> Aside<T> known(T answer) {
    return new Aside<>(CompletableFuture.completedFuture(answer));
  }

  private static <T> T asked(DuckDb own, Questions<T> questions) {
    try (own) {
      return questions.ask(own);
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  /** Waits for it. */
  T answer() throws SQLException {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SQLException cause) {
        throw cause;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  @Override
  public void close() {
    answer.handle((value, e) -> true).join();
  }
}
