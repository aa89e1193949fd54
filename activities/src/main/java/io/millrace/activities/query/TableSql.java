package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.query.StoredTable.Span;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** A stored table's rows by the names its user knows, over what an engine calls them. */
final class TableSql {
  /** Columns of a log beside the features; no feature's name begins so. */
  static final String SCORE = "millrace$score";

  static final String ENTITY = "millrace$entity";
  static final String ID = "millrace$id";

  /** A line of a log as it is written. */
  static final String LINE = "line";

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("yyyy-MM-dd-HH").withZone(ZoneOffset.UTC);

  private TableSql() {}

  /** The name that stands for the column at a place of a Parquet file. */
  static String place(int index) {
    return "c" + index;
  }

  /**
   * A select in brackets.
   *
   * @param from gives {@link #place}s, or {@link #LINE}, {@code dt} and {@code hr} of a log
   * @param only a condition on objects; empty for none
   */
  static String rows(Dialect dialect, StoredTable table, String from, String only) {
    List<String> columns = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < table.fields().size(); i++) {
      Field field = table.fields().get(i);
      String value =
          table.format() == Format.PARQUET
              ? field.number() ? number(dialect, place(i)) : text(field, place(i))
              : logged(dialect, field);
      columns.add(value + " AS " + DuckDb.name(field.name()));
    }
    if (table.format() == Format.LOG) {
      columns.add(
          "try_cast(%s AS DOUBLE) AS %s"
              .formatted(dialect.scalar(LINE, List.of("data", "score")), DuckDb.name(SCORE)));
      columns.add(dialect.scalar(LINE, List.of("data", "entity")) + " AS " + DuckDb.name(ENTITY));
      columns.add(dialect.scalar(LINE, List.of("id")) + " AS " + DuckDb.name(ID));
      if (table.span() != null) {
        conditions.addAll(within(dialect, table.span(), table.keys() == null));
      }
    }
    if (!only.isEmpty()) {
      conditions.add(only);
    }
    return "(SELECT %s FROM %s%s)"
        .formatted(
            String.join(", ", columns),
            from,
            conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions));
  }

  /** As an ingest takes it: what is not finite is missing. */
  private static String number(Dialect dialect, String column) {
    String number = "CAST(" + column + " AS DOUBLE)";
    return "CASE WHEN " + dialect.finite(number) + " THEN " + number + " END";
  }

  /** As an ingest takes it: blank is missing, a time is ISO-8601 in UTC. */
  private static String text(Field field, String column) {
    return switch (field.type()) {
      case "string" -> "CASE WHEN trim(%1$s) <> '' THEN %1$s END".formatted(column);
      case "timestamp" -> "replace(CAST(" + column + " AS VARCHAR), ' ', 'T') || 'Z'";
      default -> "CAST(" + column + " AS VARCHAR)";
    };
  }

  private static String logged(Dialect dialect, Field field) {
    String value = dialect.scalar(LINE, List.of("data", "features", field.name()));
    return field.number() ? "try_cast(" + value + " AS DOUBLE)" : value;
  }

  /**
   * Whole days first, which is what engines know to leave folders out by, then hours, then the
   * rows' own time. A part lies where its first row does, so that no row lies in a later hour.
   *
   * @param byTime false where the objects are named, all of whose rows are meant
   */
  private static List<String> within(Dialect dialect, Span span, boolean byTime) {
    // a part that began in the hour before may hold the window's first rows
    Instant first = span.from().minusSeconds(3_600);
    String at = dialect.instant(dialect.scalar(LINE, List.of("time")));
    List<String> folders =
        List.of(
            "dt BETWEEN '%s' AND '%s'".formatted(DAY.format(first), DAY.format(span.to())),
            "(dt || '-' || hr) BETWEEN '%s' AND '%s'"
                .formatted(HOUR.format(first), HOUR.format(span.to())));
    if (!byTime) {
      return folders;
    }
    List<String> all = new ArrayList<>(folders);
    all.add(at + " > " + dialect.instant(span.from()));
    all.add(at + " <= " + dialect.instant(span.to()));
    return all;
  }
}
