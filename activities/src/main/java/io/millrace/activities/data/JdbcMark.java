package io.millrace.activities.data;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * From where on the rows of a database are asked for, so that one that has an index on its
 * watermark reads what is new and not the whole table. It may give a few rows more than are new,
 * those without a watermark among them: {@link NewRows} decides, as it does for every source.
 *
 * @param column the watermark
 * @param number whether it is a number; a time otherwise
 * @param least rows at or below are not asked for: the mark less what is allowed to be late; of a
 *     time microseconds since 1970, UTC
 */
record JdbcMark(String column, boolean number, double least) {
  /**
   * The rows of a query that are above; all of them where the column's type does not tell in the
   * database what it tells as text.
   *
   * @param rows a SELECT
   */
  String above(Connection connection, String rows) throws SQLException {
    String inner = "SELECT * FROM (\n" + rows.strip().replaceFirst(";$", "") + "\n) AS q";
    String bound = bound(type(connection, inner));
    if (bound == null) {
      return rows;
    }
    String name = "q.\"" + column.replace("\"", "\"\"") + "\"";
    return "%s WHERE %s >= %s OR %s IS NULL".formatted(inner, name, bound, name);
  }

  private String type(Connection connection, String inner) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet none = statement.executeQuery(inner + " LIMIT 0")) {
      ResultSetMetaData meta = none.getMetaData();
      for (int i = 1; i <= meta.getColumnCount(); i++) {
        if (meta.getColumnLabel(i).equals(column)) {
          return meta.getColumnTypeName(i).toLowerCase(Locale.ROOT);
        }
      }
    }
    return "";
  }

  /** A literal a little below; null for a type that is compared otherwise than its text. */
  private @Nullable String bound(String type) {
    if (!Double.isFinite(least) || Math.abs(least) > Long.MAX_VALUE / 4.0) {
      return null;
    }
    if (number) {
      return switch (type) {
        case "int2", "int4", "int8", "serial", "bigserial", "smallserial" ->
            Long.toString((long) Math.floor(least)) + "::bigint";
        case "numeric" -> "'" + below() + "'::numeric";
        case "float8" -> "'" + below() + "'::float8";
        default -> null;
      };
    }
    Instant moment = Instant.EPOCH.plus((long) Math.floor(least) - 1, ChronoUnit.MICROS);
    LocalDateTime clock = LocalDateTime.ofInstant(moment, ZoneOffset.UTC);
    return switch (type) {
      case "timestamptz" -> "timestamptz '" + moment + "'";
      case "timestamp" -> "timestamp '" + clock + "'";
      case "date" -> "date '" + clock.toLocalDate() + "'";
      default -> null;
    };
  }

  private String below() {
    return new BigDecimal(Math.nextDown(least)).toPlainString();
  }
}
