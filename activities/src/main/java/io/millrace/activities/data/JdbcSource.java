package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.JdbcSpec;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table or query of PostgreSQL into {@code raw}, as texts, through a cursor: memory does
 * not grow with the rows. One read-only transaction at {@code REPEATABLE READ}, so that the rows
 * are of one moment, however long it takes and however often it is tried.
 *
 * <p>{@code DATA_UNREADABLE}: refused user or password, no such table or column, a wrong query.
 * {@code SOURCE_UNAVAILABLE}: no answer, a connection that breaks, a server that is full or stops.
 * The database's sentences may quote rows: only the SQLSTATE is passed on.
 */
final class JdbcSource {
  private static final int ROWS_AT_ONCE = 5_000;

  /** To connect, in seconds. */
  private static final int CONNECT = 10;

  /** Without a byte, in seconds: a sort of a large table says nothing for minutes. */
  private static final int SILENCE = 600;

  private final DuckDb db;
  private final SecretResolver secrets;

  JdbcSource(DuckDb db, SecretResolver secrets) {
    this.db = db;
    this.secrets = secrets;
  }

  /**
   * @param above from where on rows are asked for; null for all
   */
  ReadTable read(DataSpec data, @Nullable JdbcMark above) throws SQLException {
    JdbcSpec spec = Objects.requireNonNull(data.source().jdbc());
    String shown = spec.url().replaceFirst("[?].*", "");
    Properties properties = properties(spec);
    try (Connection connection = DriverManager.getConnection(spec.url(), properties)) {
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      Instant now = now(connection);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(ROWS_AT_ONCE);
        try (ResultSet rows = statement.executeQuery(sql(connection, spec, data.id(), above))) {
          List<RawColumn> columns = columns(rows.getMetaData(), shown);
          copy(rows, columns);
          return new ReadTable(columns, shown, now);
        }
      }
    } catch (SQLException e) {
      throw failure(shown, e);
    }
  }

  private Properties properties(JdbcSpec spec) {
    Properties properties = new Properties();
    properties.setProperty("connectTimeout", Integer.toString(CONNECT));
    properties.setProperty("loginTimeout", Integer.toString(CONNECT));
    properties.setProperty("socketTimeout", Integer.toString(SILENCE));
    properties.setProperty("ApplicationName", "millrace");
    if (spec.user() != null) {
      properties.setProperty("user", spec.user());
    }
    if (spec.password() != null) {
      byte[] password = secrets.resolve(spec.password());
      properties.setProperty("password", new String(password, StandardCharsets.UTF_8).strip());
    }
    return properties;
  }

  private static Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT now()")) {
      row.next();
      return row.getTimestamp(1).toInstant();
    }
  }

  private static String sql(
      Connection connection, JdbcSpec spec, @Nullable String id, @Nullable JdbcMark above)
      throws SQLException {
    if (spec.query() != null) {
      return above == null ? spec.query() : above.above(connection, spec.query());
    }
    List<String> steps = new ArrayList<>();
    for (String step : Objects.requireNonNull(spec.table()).split("\\.")) {
      steps.add(DuckDb.name(step));
    }
    String rows = "SELECT * FROM " + String.join(".", steps);
    String order = id == null ? "" : " ORDER BY " + DuckDb.name(id);
    return (above == null ? rows : above.above(connection, rows)) + order;
  }

  private static List<RawColumn> columns(ResultSetMetaData meta, String shown) throws SQLException {
    List<RawColumn> columns = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      boolean left =
          switch (meta.getColumnType(i)) {
            case Types.ARRAY, Types.BINARY, Types.VARBINARY, Types.STRUCT, Types.BLOB -> true;
            default -> meta.getColumnTypeName(i).startsWith("json");
          };
      columns.add(new RawColumn(i - 1, meta.getColumnLabel(i), left ? Family.OTHER : Family.TEXT));
    }
    CsvHeader.unique(columns.stream().map(RawColumn::name).toList(), shown);
    return columns;
  }

  private void copy(ResultSet rows, List<RawColumn> columns) throws SQLException {
    ResultSetMetaData meta = rows.getMetaData();
    boolean[] booleans = new boolean[columns.size()];
    for (int c = 0; c < booleans.length; c++) {
      int type = meta.getColumnType(c + 1);
      booleans[c] = type == Types.BIT || type == Types.BOOLEAN;
    }
    db.run(
        "CREATE TABLE raw ("
            + String.join(", ", columns.stream().map(c -> c.sql() + " VARCHAR").toList())
            + ")");
    @Nullable String[] row = new @Nullable String[columns.size()];
    try (DuckDb.Rows into = db.appendTo("raw")) {
      while (rows.next()) {
        for (int c = 0; c < row.length; c++) {
          String text = columns.get(c).family() == Family.OTHER ? null : rows.getString(c + 1);
          row[c] = booleans[c] && text != null ? Boolean.toString(text.startsWith("t")) : text;
        }
        into.add(row);
      }
    }
  }

  private static RuntimeException failure(String shown, SQLException e) {
    String state = String.valueOf(e.getSQLState());
    // connection, resources, operator's stop, a serialisation conflict with a replica's replay
    boolean theirs =
        e.getSQLState() == null || state.matches("(08|53|57|58|40).*") || state.equals("XX000");
    return Failures.of(
        theirs ? FailureType.SOURCE_UNAVAILABLE : FailureType.DATA_UNREADABLE,
        "source: %s answered SQLSTATE %s (expected: rows)%s"
            .formatted(
                shown,
                state,
                state.startsWith("28")
                    ? ": user or password is refused"
                    : state.startsWith("42")
                        ? ": no such table or column, or no right to it"
                        : ""));
  }
}
