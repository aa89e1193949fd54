package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.data.RawColumn.Seen;
import io.millrace.activities.dataset.DuckDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV files of one dialect into {@code raw}. Columns that begin with plain numbers are read
 * as numbers at once, which spares making and parsing their texts, while a second thread looks at
 * every byte: where it finds anything else, the column is read again as text.
 */
final class CsvTable {
  private static final Executor ASIDE =
      task -> Thread.ofPlatform().daemon().name("ingest-looks").start(task);

  private final DuckDb db;
  private final Relation raw;
  private final StagedSource source;
  private final CsvHeader header;
  private final boolean named;
  private final Partitions partitions;

  CsvTable(
      DuckDb db,
      Relation raw,
      StagedSource source,
      CsvHeader header,
      boolean named,
      Partitions partitions) {
    this.db = db;
    this.raw = raw;
    this.source = source;
    this.header = header;
    this.named = named;
    this.partitions = partitions;
  }

  /**
   * @param numbers names of the columns whose texts nobody asks for when they hold plain numbers;
   *     null when the bytes are not to be looked at
   */
  List<RawColumn> read(@Nullable Predicate<String> numbers) throws IOException, SQLException {
    if (numbers == null) {
      boolean[] none = new boolean[header.names().size()];
      create(none);
      return columns(none, Collections.nCopies(none.length, Seen.NOTHING));
    }
    CompletableFuture<List<Seen>> looks = CompletableFuture.supplyAsync(this::looks, ASIDE);
    boolean[] likely = FieldScan.sample(source.files().getFirst(), header, named);
    for (int c = 0; c < likely.length; c++) {
      likely[c] &= numbers.test(header.names().get(c));
    }
    boolean read = true;
    try {
      create(likely);
    } catch (SQLException e) {
      // a value that is no number, or a file that cannot be read: to read texts tells which
      read = false;
    }
    List<Seen> seen = join(looks);
    boolean[] sure = new boolean[likely.length];
    for (int c = 0; c < sure.length; c++) {
      sure[c] = likely[c] && seen.get(c).plain();
    }
    if (!read || !Arrays.equals(sure, likely)) {
      create(sure);
    }
    return columns(sure, seen);
  }

  private List<RawColumn> columns(boolean[] numbers, List<Seen> seen) {
    List<RawColumn> columns = new ArrayList<>();
    for (String name : header.names()) {
      int c = columns.size();
      columns.add(new RawColumn(c, name, numbers[c] ? Family.NUMBER : Family.TEXT, seen.get(c)));
    }
    return partitions.add(columns, source.shown());
  }

  private List<Seen> looks() {
    try {
      return FieldScan.looks(source.files(), header, named);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Seen> join(CompletableFuture<List<Seen>> looks) throws IOException {
    try {
      return looks.join();
    } catch (CompletionException e) {
      throw new IOException(e.getCause());
    }
  }

  private void create(boolean[] plain) throws SQLException {
    int width = plain.length;
    db.wide(width);
    raw.create(
        "SELECT "
            + partitions.select(DuckDb.list(width, i -> "c" + i), width, source.files())
            + " FROM read_csv(%s, auto_detect = false, header = %s,"
                .formatted(SourceReader.files(source), named)
            + " delim = %s, quote = '\"', escape = '\"', strict_mode = true, null_padding = false,"
                .formatted(DuckDb.text(String.valueOf(header.delimiter())))
            + partitions.option()
            + " columns = {"
            + DuckDb.list(width, i -> "c" + i + (plain[(int) i] ? ": 'DOUBLE'" : ": 'VARCHAR'"))
            + "})",
        false);
  }
}
