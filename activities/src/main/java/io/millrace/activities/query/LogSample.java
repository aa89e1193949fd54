package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.query.QueryEngine.Answer;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded sample of the rows that a log has of a time: those whose id has the least digest, so
 * that every row has the same chance, engines agree on the rows, and a second look sees the same
 * ones. Folders of other hours are not read.
 *
 * @param rows the features; NaN or null for no value
 * @param scores what was answered, one for each row
 * @param entities whom a row was about, one for each; empty where that was not logged
 * @param scannedBytes what the engine read for it
 */
public record LogSample(Table rows, double[] scores, List<String> entities, long scannedBytes) {
  /**
   * @param log a table with a span
   * @param most rows
   */
  public static LogSample of(QueryEngine engine, StoredTable log, int most, Asked asked) {
    if (log.span() == null) {
      throw new IllegalArgumentException("span: none (expected: a time, or all hours are read)");
    }
    List<String> names =
        new ArrayList<>(log.fields().stream().map(f -> DuckDb.name(f.name())).toList());
    names.add(DuckDb.name(TableSql.SCORE));
    names.add(DuckDb.name(TableSql.ENTITY));
    Answer answer =
        engine.ask(
            "SELECT %s FROM %s t ORDER BY %s, %s LIMIT %d"
                .formatted(
                    String.join(", ", names),
                    engine.relation(log, asked),
                    engine.dialect().digest(DuckDb.name(TableSql.ID)),
                    DuckDb.name(TableSql.ID),
                    most),
            asked);
    List<List<@Nullable String>> rows = answer.rows();
    int width = log.fields().size();
    List<Table.Column> columns = new ArrayList<>();
    for (int c = 0; c < width; c++) {
      columns.add(column(log.fields().get(c), c, rows));
    }
    double[] scores = rows.stream().mapToDouble(row -> number(row.get(width))).toArray();
    List<String> entities = rows.stream().map(row -> text(row.get(width + 1))).toList();
    return new LogSample(new Table(rows.size(), columns), scores, entities, answer.scannedBytes());
  }

  private static Table.Column column(Field field, int at, List<List<@Nullable String>> rows) {
    if (field.number()) {
      return new Table.Numbers(
          field.name(), rows.stream().mapToDouble(row -> number(row.get(at))).toArray());
    }
    @Nullable String[] values = new @Nullable String[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i).get(at);
    }
    return new Table.Categories(field.name(), values);
  }

  private static double number(@Nullable String value) {
    return value == null ? Double.NaN : Double.parseDouble(value);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
