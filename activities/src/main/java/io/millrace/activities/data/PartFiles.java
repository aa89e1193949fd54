package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of {@code parted} as Parquet: for each split one file for each stretch of the
 * table, two files at a time. A file has one group of rows: where the engine's threads part a
 * larger one depends on which of them is faster, and equal rows must give equal bytes.
 */
final class PartFiles {
  /**
   * Level 2 packs rounded numbers as small as the level 3 that is usual, and is a fifth faster;
   * level 1 would be half as large again. More than so many values are no use in a dictionary, and
   * to find that out costs. A group of rows has no end but that of its file.
   */
  private static final String PARQUET =
      " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 2, DICTIONARY_SIZE_LIMIT 1000,"
          + " ROW_GROUP_SIZE 2000000)";

  /** Values of a stretch: what is in memory at once, for each of two files. */
  private static final long VALUES = 5_000_000;

  private static final long LEAST = 40_960;
  private static final long MOST = 983_040;
  private static final int THREADS = 2;

  private final DuckDb db;
  private final Path folder;
  private final List<String> selected;
  private final Rows from;
  private final String suffix;

  /**
   * @param folder an own folder for the files
   * @param from where the rows are
   * @param suffix of names
   */
  PartFiles(DuckDb db, Path folder, List<Column> columns, Rows from, String suffix) {
    this.db = db;
    this.folder = folder;
    this.selected = columns.stream().map(c -> c.stored() + " AS " + DuckDb.name(c.name())).toList();
    this.from = from;
    this.suffix = suffix;
  }

  /**
   * Where the rows are.
   *
   * @param everything gives them, and perhaps others, in the order of their numbers
   * @param marks those of each split; null where the view {@code parted} tells
   */
  record Rows(String everything, @Nullable List<Marks> marks) {}

  /** A file and what the manifest says of it. */
  record Written(Path file, Part part) {}

  /**
   * @param rows by split
   */
  List<Written> write(Map<String, Long> rows) throws SQLException {
    long stretch = Math.clamp(VALUES / selected.size() / LEAST * LEAST, LEAST, MOST);
    List<@Nullable Object> numbers = db.row("SELECT min(rn), max(rn) FROM " + from.everything());
    long first = numbers.get(0) instanceof Number n ? n.longValue() / stretch * stretch : 0;
    long last = numbers.get(1) instanceof Number n ? n.longValue() : -1;
    boolean several = last >= first + stretch;
    List<Future<@Nullable Written>> files = new ArrayList<>();
    db.threads(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int part = 0; part < Splitter.PARTS.size(); part++) {
        String split = Splitter.PARTS.get(part);
        for (long at = first; rows.containsKey(split) && at <= last; at += stretch) {
          String number = several ? "-%05d".formatted(files.size()) : "";
          Path file = folder.resolve("part-" + split + suffix + number + ".parquet");
          int own = part;
          long begin = at;
          files.add(threads.submit(() -> write(split, file, select(own, begin, begin + stretch))));
        }
      }
      List<Written> written = new ArrayList<>();
      for (Future<@Nullable Written> file : files) {
        Written one = done(file);
        if (one != null) {
          written.add(one);
        }
      }
      db.threads(THREADS);
      return written;
    }
  }

  private String select(int part, long first, long end) {
    String columns = String.join(", ", selected);
    List<Marks> marks = from.marks();
    return marks == null
        ? "SELECT %s FROM parted WHERE part = %d AND rn >= %d AND rn < %d ORDER BY rn"
            .formatted(columns, part, first, end)
        : "SELECT %s FROM %s WHERE %s"
            .formatted(columns, from.everything(), marks.get(part).sql("rn", first, end));
  }

  /** Null where the stretch has no row of the split. */
  private @Nullable Written write(String split, Path file, String select)
      throws SQLException, IOException {
    long rows;
    try (DuckDb own = db.beside()) {
      rows = own.written("COPY (" + select + ") TO " + DuckDb.text(file.toString()) + PARQUET);
    }
    if (rows == 0) {
      Files.delete(file);
      return null;
    }
    String name = String.valueOf(file.getFileName());
    return new Written(file, new Part(name, split, rows, Sha256.of(file), Files.size(file)));
  }

  private static @Nullable Written done(Future<@Nullable Written> file) throws SQLException {
    try {
      return file.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException sql) {
        throw new SQLException(sql.getMessage(), sql);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      // the engine's word for the same
      throw new SQLException("IO Error: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("parts: interrupted", e);
    }
  }
}
