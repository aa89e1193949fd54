package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Look;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.workflows.spec.ColumnType;

/**
 * A column with its type and role decided.
 *
 * @param time its values are times: {@code TIMESTAMP} (UTC) in the table {@code typed}, ISO-8601
 *     text when stored
 * @param typed the SQL expression over {@code raw} that gives the typed value
 */
record Column(RawColumn raw, ColumnType type, Role role, boolean time, String typed) {
  /** Text in a column of numbers that means missing. */
  static final String MISSING = "('NA', 'N/A', 'n/a', 'na', '#N/A', 'NULL', 'null', 'None')";

  String name() {
    return raw.name();
  }

  String sql() {
    return raw.sql();
  }

  boolean number() {
    return type == ColumnType.NUMBER;
  }

  boolean feature() {
    return role == Role.FEATURE;
  }

  Column as(Role other) {
    return new Column(raw, type, other, time, typed);
  }

  /** The same column as the text the source has. */
  Column asText() {
    return new Column(raw, ColumnType.CATEGORY, role, false, text(raw));
  }

  /** Rows, of all that were read, without a typed value; -1 where that is not known. */
  long missing() {
    boolean asSeen = !time && (raw.plain() || raw.whole() || typed.equals(text(raw)));
    return asSeen ? raw.seen().missing() : -1;
  }

  /** As it is stored: DOUBLE, or text. */
  String stored() {
    return time ? "strftime(" + sql() + ", '%Y-%m-%dT%H:%M:%S.%fZ')" : sql();
  }

  /** The text as the source has it; blank is missing. */
  static String text(RawColumn raw) {
    String c = raw.sql();
    return switch (raw.family()) {
      case TEXT ->
          raw.seen().look() == Look.ANY ? "CASE WHEN " + present(c) + " THEN " + c + " END" : c;
      case NUMBER -> canonical("CAST(" + c + " AS DOUBLE)", "CAST(" + c + " AS VARCHAR)");
      case BOOLEAN, TIME, OTHER -> "CAST(" + c + " AS VARCHAR)";
    };
  }

  /** Whether a text is there and not blank; what does not begin with a blank needs no trimming. */
  static String present(String c) {
    return "CASE WHEN %1$s >= '!' THEN true ELSE trim(%1$s) <> '' END".formatted(c);
  }

  /** A finite number or null. */
  static String number(RawColumn raw) {
    String d = parsed(raw);
    return raw.plain() ? d : "CASE WHEN isfinite(" + d + ") THEN " + d + " END";
  }

  /** A number of any kind, or null when it is none. */
  static String parsed(RawColumn raw) {
    return switch (raw.family()) {
      case TEXT -> "try_cast(" + raw.trimmed() + " AS DOUBLE)";
      case NUMBER -> raw.plain() ? raw.sql() : "CAST(" + raw.sql() + " AS DOUBLE)";
      case BOOLEAN -> "CAST(CAST(" + raw.sql() + " AS INTEGER) AS DOUBLE)";
      case TIME, OTHER -> "CAST(NULL AS DOUBLE)";
    };
  }

  /** A number as the text of a category: 1 and 1.0 are the same one. */
  static String numberText(RawColumn raw) {
    String d = parsed(raw);
    return "CASE WHEN isfinite("
        + d
        + ") THEN "
        + canonical(d, "CAST(" + d + " AS VARCHAR)")
        + " END";
  }

  /** A time in UTC or null; one without a zone is taken as UTC. */
  static String timestamp(RawColumn raw) {
    String c = raw.family() == RawColumn.Family.TEXT ? raw.trimmed() : raw.sql();
    return "CAST(try_cast(" + c + " AS TIMESTAMPTZ) AS TIMESTAMP)";
  }

  private static String canonical(String d, String otherwise) {
    return "CASE WHEN %1$s = trunc(%1$s) AND abs(%1$s) < 1e15".formatted(d)
        + " THEN CAST(CAST(%s AS BIGINT) AS VARCHAR) ELSE %s END".formatted(d, otherwise);
  }
}
