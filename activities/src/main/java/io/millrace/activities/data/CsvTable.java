package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Reads CSV files of one dialect into {@code raw}. Columns that begin with plain numbers are read
 * as numbers at once, which spares making and parsing their texts, while a second thread looks at
 * every byte of them: where it finds anything else, the column is read again as text.
 */
final class CsvTable {
  private static final Executor ASIDE =
      task -> Thread.ofPlatform().daemon().name("ingest-numbers").start(task);

  private final DuckDb db;
  private final StagedSource source;
  private final CsvHeader header;
  private final boolean named;
  private final Partitions partitions;

  CsvTable(DuckDb db, StagedSource source, CsvHeader header, boolean named, Partitions partitions) {
    this.db = db;
    this.source = source;
    this.header = header;
    this.named = named;
    this.partitions = partitions;
  }

  /**
   * @param numbers names of the columns whose texts nobody asks for when they hold plain numbers
   */
  List<RawColumn> read(Predicate<String> numbers) throws IOException, SQLException {
    boolean[] wanted = new boolean[header.names().size()];
    for (int c = 0; c < wanted.length; c++) {
      wanted[c] = numbers.test(header.names().get(c));
    }
    boolean[] plain = PlainNumbers.sample(source.files().getFirst(), header, named, wanted);
    if (Arrays.equals(plain, new boolean[wanted.length])) {
      return create(plain);
    }
    CompletableFuture<boolean[]> verified =
        CompletableFuture.supplyAsync(() -> verify(plain), ASIDE);
    List<RawColumn> columns = List.of();
    boolean read = true;
    try {
      columns = create(plain);
    } catch (SQLException e) {
      // a value that is no number, or a file that cannot be read: to read texts tells which
      read = false;
    }
    boolean[] sure = join(verified);
    if (read && Arrays.equals(sure, plain)) {
      return columns;
    }
    db.run("DROP TABLE IF EXISTS raw");
    return create(sure);
  }

  private boolean[] verify(boolean[] plain) {
    try {
      return PlainNumbers.verify(source.files(), header, named, plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean[] join(CompletableFuture<boolean[]> verified) throws IOException {
    try {
      return verified.join();
    } catch (CompletionException e) {
      throw new IOException(e.getCause());
    }
  }

  private List<RawColumn> create(boolean[] plain) throws SQLException {
    List<RawColumn> columns = new ArrayList<>();
    for (String name : header.names()) {
      boolean number = plain[columns.size()];
      columns.add(
          new RawColumn(columns.size(), name, number ? Family.NUMBER : Family.TEXT, number));
    }
    int width = columns.size();
    db.wide(width);
    List<RawColumn> all = partitions.add(columns, source.shown());
    db.run(
        "CREATE TABLE raw AS SELECT "
            + partitions.select(DuckDb.list(width, i -> "c" + i), width, source.files())
            + " FROM read_csv(%s, auto_detect = false, header = %s,"
                .formatted(SourceReader.files(source), named)
            + " delim = %s, quote = '\"', escape = '\"', strict_mode = true, null_padding = false,"
                .formatted(DuckDb.text(String.valueOf(header.delimiter())))
            + partitions.option()
            + " columns = {"
            + DuckDb.list(width, i -> "c" + i + (plain[(int) i] ? ": 'DOUBLE'" : ": 'VARCHAR'"))
            + "})");
    return all;
  }
}
