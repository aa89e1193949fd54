package io.millrace.activities.dataset;

import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.duckdb.DuckDBReadableVector;

/**
 * Profiles Parquet files in one pass, in memory that does not grow with their rows. Columns are
 * divided among threads, each with a database of its own: Parquet lies by column, so nothing is
 * read twice, and each column is read in the files' order, whatever the number of threads. Numbers
 * go into sketches block by block; texts are counted by the database first, as most repeat.
 *
 * <p>Holds its databases until closed. Not thread-safe.
 */
public final class ParquetProfile implements AutoCloseable {
  private final List<DuckDb> databases = new ArrayList<>();
  private final ExecutorService threads;

  /**
   * Opens the databases.
   *
   * @param count threads, at least 1; the profile is the same for every number
   * @param spill where blocks go that do not fit into memory
   * @throws SQLException when the engine does not start
   */
  public ParquetProfile(int count, Path spill) throws SQLException {
    threads = Executors.newFixedThreadPool(count);
    try {
      for (int i = 0; i < count; i++) {
        databases.add(DuckDb.open(1, spill));
      }
    } catch (SQLException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The profile of all rows.
   *
   * @param files in this order
   * @param columns that are read; a NUMBER is cast to DOUBLE, a CATEGORY to text
   * @throws SQLException when a file cannot be read or has no such column
   */
  public Profile of(List<Path> files, List<Profile.Column> columns) throws SQLException {
    String from =
        "read_parquet(%s)".formatted(DuckDb.texts(files.stream().map(Path::toString).toList()));
    List<List<Profile.Column>> shares = new ArrayList<>();
    for (int i = 0; i < databases.size(); i++) {
      shares.add(new ArrayList<>());
    }
    int[] dealt = new int[Feature.Kind.values().length];
    for (Profile.Column column : columns) {
      // each kind in turn: numbers cost more than texts
      int turn = dealt[column.kind().ordinal()]++;
      shares.get(turn % shares.size()).add(column);
    }
    List<Future<Profile>> parts = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      DuckDb database = databases.get(i);
      List<Profile.Column> share = shares.get(i);
      if (!share.isEmpty()) {
        parts.add(threads.submit(() -> part(database, from, share)));
      }
    }
    List<Profile> profiles = new ArrayList<>();
    for (Future<Profile> part : parts) {
      profiles.add(done(part));
    }
    return Profile.beside(profiles, columns.stream().map(Profile.Column::name).toList());
  }

  private static Profile done(Future<Profile> part) throws SQLException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException sql) {
        throw new SQLException(sql.getMessage(), sql);
      }
      throw new IllegalStateException("profile: could not be made", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("profile: interrupted", e);
    }
  }

  private static Profile part(DuckDb database, String from, List<Profile.Column> columns)
      throws SQLException {
    ProfileBuilder builder = new ProfileBuilder(columns);
    List<Integer> numbers = new ArrayList<>();
    for (int c = 0; c < columns.size(); c++) {
      if (columns.get(c).kind() == Feature.Kind.NUMBER) {
        numbers.add(c);
      } else {
        texts(database, from, columns.get(c).name(), c, builder);
      }
    }
    if (!numbers.isEmpty()) {
      numbers(database, from, columns, numbers, builder);
    }
    builder.endRows(database.number("SELECT count(*) FROM " + from));
    return builder.build();
  }

  private static void texts(
      DuckDb database, String from, String name, int at, ProfileBuilder builder)
      throws SQLException {
    // in the order of the texts, so that equal rows give equal bytes beyond the exact counts too
    database.blocks(
        String.format(
            Locale.ROOT,
            "SELECT CAST(%1$s AS VARCHAR), count(*) FROM %2$s GROUP BY 1 ORDER BY 1",
            DuckDb.name(name),
            from),
        (block, rows) -> {
          DuckDBReadableVector texts = block.vector(0);
          DuckDBReadableVector counts = block.vector(1);
          for (int i = 0; i < rows; i++) {
            String text = texts.isNull(i) ? null : texts.getString(i);
            builder.addAll(at, text, counts.getLong(i));
          }
        });
  }

  private static void numbers(
      DuckDb database,
      String from,
      List<Profile.Column> columns,
      List<Integer> numbers,
      ProfileBuilder builder)
      throws SQLException {
    String selected =
        String.join(
            ", ",
            numbers.stream()
                .map(c -> "CAST(" + DuckDb.name(columns.get(c).name()) + " AS DOUBLE)")
                .toList());
    double[] values = new double[2048];
    database.blocks(
        "SELECT " + selected + " FROM " + from,
        (block, rows) -> {
          for (int c = 0; c < numbers.size(); c++) {
            DuckDBReadableVector vector = block.vector(c);
            for (int i = 0; i < rows; i++) {
              values[i] = vector.getDouble(i, Double.NaN);
            }
            builder.addAll(numbers.get(c), values, rows);
          }
        });
  }

  @Override
  public void close() throws SQLException {
    threads.shutdownNow();
    for (DuckDb database : databases) {
      database.close();
    }
  }
}
