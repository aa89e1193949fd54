package io.millrace.activities.query;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers SQL over objects of the store, without moving them where the engine can. Reads only.
 * Thread-safe.
 *
 * <p>Failures: {@code CONFIG_INVALID} for what a person mends (permissions, limits, a condition the
 * engine does not know), {@code AWS_UNAVAILABLE} or {@code STORE_UNAVAILABLE} for what a later try
 * may find mended. No message holds a value of a row.
 */
public interface QueryEngine extends AutoCloseable {
  /** The words of its SQL. */
  Dialect dialect();

  /**
   * Makes a table known, once, and names it.
   *
   * @return what stands behind {@code FROM}: an alias follows it
   */
  String relation(StoredTable table, Asked asked);

  /** The whole answer; at most {@value #MOST_ROWS} rows, more are {@code CONFIG_INVALID}. */
  Answer ask(String sql, Asked asked);

  /** An answer is read into memory. */
  int MOST_ROWS = 200_000;

  /**
   * On whose behalf something is asked.
   *
   * @param key the same for every try of one step: equal SQL is not run twice under it
   * @param progress told while an answer is waited for; what it throws stops the query
   */
  record Asked(String key, Consumer<String> progress) {
    public Asked {
      if (key.isBlank()) {
        throw new IllegalArgumentException("key: blank (expected: one for each step)");
      }
    }

    /** Under the same key, told to nobody. */
    public static Asked of(String key) {
      return new Asked(key, at -> {});
    }
  }

  /**
   * Rows as text: numbers as {@link Double#parseDouble} reads them, null for no value.
   *
   * @param scannedBytes what the engine read for it, as it is billed; 0 where nobody counts
   */
  record Answer(List<List<@Nullable String>> rows, long scannedBytes) {
    /** The only row. */
    public List<@Nullable String> row() {
      return rows.getFirst();
    }
  }

  @Override
  void close();
}
