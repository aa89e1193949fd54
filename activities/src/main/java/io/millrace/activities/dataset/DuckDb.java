package io.millrace.activities.dataset;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBPreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * One DuckDB database, in memory or for the time in a file: order of rows kept, threads pinned,
 * UTC, spilling to a folder of its own. Not thread-safe.
 */
public final class DuckDb implements AutoCloseable {
  /** MB of memory of a database in a file, whatever it holds. */
  private static final int BASE = 160;

  /**
   * MB for groups of 40,960 rows of a column, as values and as they are written, by each thread.
   * With half of it the engine still ends, but keeps to one thread: rows in order wait in memory
   * for those before them.
   */
  private static final int A_COLUMN = 16;

  private static final int LEAST = 384;
  private static final int MOST = 2048;

  private final DuckDBConnection connection;
  private int threads;

  private DuckDb(DuckDBConnection connection) {
    this.connection = connection;
  }

  /**
   * @param threads the same number gives the same answer on every machine
   * @param spill where blocks go that do not fit into memory
   */
  public static DuckDb open(int threads, Path spill) throws SQLException {
    return open(threads, "", spill);
  }

  /**
   * A database whose tables lie in a file, so that memory does not grow with their rows: what is
   * read from there may be forgotten without being written again. The file is of no use once this
   * is closed: it is neither compressed, which would cost more than all reading of it, nor forced
   * to the disk, as nobody looks at it after a crash.
   *
   * @param folder an own folder that is there, for the file and for what is spilled
   */
  public static DuckDb inFile(int threads, Path folder) throws SQLException {
    DuckDb db = open(threads, folder.resolve("rows.duckdb").toString(), folder.resolve("spill"));
    try {
      db.wide(0);
      db.run("SET fsync_mode = 'NONE'");
      db.run("SET force_compression = 'uncompressed'");
      // rows keep their numbers when others are deleted, and what is closed is thrown away
      db.run("SET checkpoint_threshold = '1TB'");
      db.run("SET checkpoint_on_detach = 'DISABLED'");
      db.run("PRAGMA disable_checkpoint_on_shutdown");
      return db;
    } catch (SQLException | RuntimeException e) {
      db.close();
      throw e;
    }
  }

  private static DuckDb open(int threads, String file, Path spill) throws SQLException {
    DuckDb db =
        new DuckDb(
            DriverManager.getConnection("jdbc:duckdb:" + file).unwrap(DuckDBConnection.class));
    try {
      db.threads(threads);
      db.run("SET preserve_insertion_order = true");
      db.run("SET TimeZone = 'UTC'");
      db.run("SET temp_directory = " + text(spill.toString()));
      db.run("SET autoinstall_known_extensions = false");
      db.run("SET autoload_known_extensions = false");
      return db;
    } catch (SQLException | RuntimeException e) {
      db.close();
      throw e;
    }
  }

  /** Another connection to the same tables, for another thread. */
  public DuckDb beside() throws SQLException {
    return new DuckDb(connection.duplicate());
  }

  /**
   * Says how many columns tables have: what blocks may take follows from it alone, as a group of
   * rows of each column is in memory when Parquet is written.
   */
  public void wide(int columns) throws SQLException {
    int megabytes = Math.clamp(BASE + (long) columns * A_COLUMN, LEAST, MOST);
    run("SET memory_limit = '" + megabytes + "MB'");
  }

  /**
   * How many threads a statement may use, of all connections; 1 where several connections write or
   * read at once: the engine needs less of a processor for rows that come in one stream.
   */
  public void threads(int count) throws SQLException {
    if (count != threads) {
      run("SET threads = " + count);
      threads = count;
    }
  }

  /** Runs one statement. A statement of its own each: the driver closes one whose query failed. */
  public void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Runs a statement that writes rows, and gives their number. */
  public long written(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeLargeUpdate(sql);
    }
  }

  /** Every row of a small answer. */
  public List<List<@Nullable Object>> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int width = result.getMetaData().getColumnCount();
      List<List<@Nullable Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<@Nullable Object> row = new ArrayList<>(width);
        for (int i = 1; i <= width; i++) {
          row.add(result.getObject(i));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  /** The first row of a small answer. */
  public List<@Nullable Object> row(String sql) throws SQLException {
    return rows(sql).getFirst();
  }

  /** The only value of an answer, a whole number; 0 for null. */
  public long number(String sql) throws SQLException {
    return row(sql).getFirst() instanceof Number number ? number.longValue() : 0;
  }

  /**
   * Appends rows to a table, on a connection of its own: the one that {@link #blocks} reads from
   * takes no rows meanwhile.
   */
  public Rows appendTo(String table) throws SQLException {
    DuckDBConnection other = connection.duplicate();
    return new Rows(other, other.createAppender("main", table));
  }

  /** Rows on their way into a table; they are there once this is closed. */
  public static final class Rows implements AutoCloseable {
    private final DuckDBConnection connection;
    private final DuckDBAppender appender;

    private Rows(DuckDBConnection connection, DuckDBAppender appender) {
      this.connection = connection;
      this.appender = appender;
    }

    /** Adds a row of texts. */
    public void add(@Nullable String... values) throws SQLException {
      appender.beginRow();
      for (String value : values) {
        if (value == null) {
          appender.appendNull();
        } else {
          appender.append(value);
        }
      }
      appender.endRow();
    }

    /** Adds a row of a BIGINT and a TINYINT. */
    public void add(long first, byte second) throws SQLException {
      appender.beginRow();
      appender.append(first);
      appender.append(second);
      appender.endRow();
    }

    /** Adds a row of SMALLINTs. */
    public void add(short[] values) throws SQLException {
      appender.beginRow();
      for (short value : values) {
        appender.append(value);
      }
      appender.endRow();
    }

    @Override
    public void close() throws SQLException {
      try (connection) {
        appender.close();
      }
    }
  }

  /** Takes a block of at most 2,048 rows. */
  @FunctionalInterface
  public interface BlockReader {
    void read(DuckDBDataChunkReader block, int rows) throws SQLException;
  }

  /** The answer in blocks, in order. */
  public void blocks(String sql, BlockReader reader) throws SQLException {
    try (DuckDBPreparedStatement statement = connection.prepare(sql);
        DuckDBChunkedResult result = statement.query()) {
      while (result.nextChunk()) {
        DuckDBDataChunkReader block = result.chunk();
        reader.read(block, Math.toIntExact(block.rowCount()));
      }
    }
  }

  /**
   * The answer by column, in blocks of at most 2,048 rows: DOUBLE becomes numbers, VARCHAR becomes
   * categories.
   *
   * @param names of the answer's columns
   * @param numbers which of them are DOUBLE
   */
  public void tables(String sql, List<String> names, boolean[] numbers, Consumer<Table> reader)
      throws SQLException {
    List<ColumnFiller> fillers = fillers(names, numbers);
    blocks(
        sql,
        (block, count) -> {
          List<Table.Column> columns = new ArrayList<>();
          for (int c = 0; c < fillers.size(); c++) {
            fillers.get(c).open(count);
            fillers.get(c).take(block.vector(c), 0, count);
            columns.add(fillers.get(c).column());
          }
          reader.accept(new Table(count, columns));
        });
  }

  /** The same in one table of a known number of rows. */
  public Table table(String sql, List<String> names, boolean[] numbers, int rows)
      throws SQLException {
    List<ColumnFiller> fillers = fillers(names, numbers);
    fillers.forEach(filler -> filler.open(rows));
    int[] done = {0};
    blocks(
        sql,
        (block, count) -> {
          if (done[0] + count > rows) {
            throw new SQLException("more rows than " + rows);
          }
          for (int c = 0; c < fillers.size(); c++) {
            fillers.get(c).take(block.vector(c), done[0], count);
          }
          done[0] += count;
        });
    if (done[0] != rows) {
      throw new SQLException(done[0] + " rows instead of " + rows);
    }
    return new Table(rows, fillers.stream().map(ColumnFiller::column).toList());
  }

  private static List<ColumnFiller> fillers(List<String> names, boolean[] numbers) {
    List<ColumnFiller> fillers = new ArrayList<>();
    for (int c = 0; c < numbers.length; c++) {
      fillers.add(new ColumnFiller(names.get(c), numbers[c]));
    }
    return fillers;
  }

  /** A quoted identifier. */
  public static String name(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** A quoted text. */
  public static String text(String value) {
    return '\'' + value.replace("'", "''") + '\'';
  }

  /** A list of quoted texts. */
  public static String texts(List<String> values) {
    return "[" + String.join(", ", values.stream().map(DuckDb::text).toList()) + "]";
  }

  /** {@code make(0), make(1), …}, joined by commas. */
  public static String list(long count, LongFunction<String> make) {
    String[] items = new String[Math.toIntExact(count)];
    Arrays.setAll(items, make::apply);
    return String.join(", ", items);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
