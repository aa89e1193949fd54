package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.data.RawColumn.Look;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV files of one dialect into {@code raw}. Columns that begin with plain numbers are read
 * as numbers at once, which spares making and parsing their texts, and those that begin with
 * personal data are hidden, which spares keeping them, while a second thread looks at every byte:
 * where it finds anything else, the column is read again as text.
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
   * How each column is read: as a number, hidden, or as its text.
   *
   * @param full which have a value in every row: where it is hidden, nothing is left to be read
   */
  private record Plan(boolean[] numbers, @Nullable SureTexts[] hidden, boolean[] full) {
    static Plan texts(int width) {
      return new Plan(new boolean[width], new SureTexts[width], new boolean[width]);
    }

    boolean unread(int column) {
      return known(column) && !IntStream.range(0, full.length).allMatch(this::known);
    }

    private boolean known(int column) {
      return hidden[column] != null && full[column];
    }

    /** Whether rows that were read by this one are as the other says. */
    boolean holds(Plan other) {
      return Arrays.equals(numbers, other.numbers)
          && Arrays.equals(hidden, other.hidden)
          && IntStream.range(0, full.length).noneMatch(c -> unread(c) && !other.unread(c));
    }
  }

  /**
   * @param unasked what need not be kept; null when the bytes are not to be looked at
   */
  List<RawColumn> read(@Nullable Unasked unasked) throws IOException, SQLException {
    int width = header.names().size();
    if (unasked == null) {
      Plan texts = Plan.texts(width);
      create(texts);
      return columns(texts, Collections.nCopies(width, Seen.NOTHING));
    }
    Plan likely = likely(unasked);
    int id = unasked.id() == null ? -1 : header.names().indexOf(unasked.id());
    CompletableFuture<List<Seen>> looks =
        CompletableFuture.supplyAsync(() -> looks(likely.hidden(), id), ASIDE);
    boolean read = true;
    try {
      create(likely);
    } catch (SQLException e) {
      // a value that is no number, or a file that cannot be read: to read texts tells which
      read = false;
    }
    List<Seen> seen = join(looks);
    Plan sure = Plan.texts(width);
    for (int c = 0; c < width; c++) {
      sure.numbers()[c] = likely.numbers()[c] && seen.get(c).plain();
      sure.hidden()[c] = seen.get(c).hidden();
      sure.full()[c] = seen.get(c).missing() == 0;
    }
    if (!read || !likely.holds(sure)) {
      create(sure);
    }
    return columns(sure, seen);
  }

  /** What the beginning of the first file promises. */
  private Plan likely(Unasked unasked) throws IOException {
    List<String> names = header.names();
    FieldScan.Sample sample = FieldScan.sample(source.files().getFirst(), header, named);
    Plan likely = new Plan(sample.plain(), new SureTexts[names.size()], sample.full());
    for (int c = 0; c < names.size(); c++) {
      likely.numbers()[c] &= unasked.numbers().test(names.get(c));
    }
    for (SureTexts texts : List.of(SureTexts.EMAIL, SureTexts.IPV4, SureTexts.NUMBER)) {
      boolean[] all = sample.all(texts);
      for (int c = 0; c < names.size(); c++) {
        String name = names.get(c);
        boolean known = !texts.recogniser().isEmpty() || NameRecognisers.of(name).isPresent();
        if (all[c] && known && unasked.personal().test(name)) {
          likely.hidden()[c] = texts;
        }
      }
    }
    return likely;
  }

  private List<RawColumn> columns(Plan plan, List<Seen> seen) {
    List<RawColumn> columns = new ArrayList<>();
    for (String name : header.names()) {
      int c = columns.size();
      Family family = plan.numbers()[c] ? Family.NUMBER : Family.TEXT;
      SureTexts hidden = plan.hidden()[c];
      Seen own =
          hidden == null
              ? seen.get(c)
              : new Seen(Look.TRIMMED, seen.get(c).missing(), false, hidden);
      columns.add(new RawColumn(c, name, family, own));
    }
    return partitions.add(columns, source.shown());
  }

  private List<Seen> looks(@Nullable SureTexts[] thought, int id) {
    try {
      return FieldScan.looks(source.files(), header, named, thought, id);
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

  private void create(Plan plan) throws SQLException {
    int width = header.names().size();
    db.wide(width);
    List<Integer> read = IntStream.range(0, width).filter(c -> !plan.unread(c)).boxed().toList();
    raw.create(
        "SELECT "
            + partitions.select(
                DuckDb.list(read.size(), i -> selected(read.get((int) i), plan)),
                width,
                source.files())
            + " FROM read_csv(%s, auto_detect = false, header = %s,"
                .formatted(SourceReader.files(source), named)
            + " delim = %s, quote = '\"', escape = '\"', strict_mode = true, null_padding = false,"
                .formatted(DuckDb.text(String.valueOf(header.delimiter())))
            + partitions.option()
            + " columns = {"
            + DuckDb.list(
                width, i -> "c" + i + (plan.numbers()[(int) i] ? ": 'DOUBLE'" : ": 'VARCHAR'"))
            + "})",
        false,
        IntStream.range(0, width)
            .filter(plan::unread)
            .mapToObj(c -> "%s AS c%d".formatted(PrivacyActions.MASKED, c))
            .toList());
  }

  private static String selected(int column, Plan plan) {
    String c = "c" + column;
    return plan.hidden()[column] == null
        ? c
        : "CASE WHEN %1$s IS NOT NULL THEN %2$s END AS %1$s".formatted(c, PrivacyActions.MASKED);
  }
}
