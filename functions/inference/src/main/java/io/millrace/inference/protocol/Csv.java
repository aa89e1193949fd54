package io.millrace.inference.protocol;

import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** CSV of requests (RFC 4180): a header, then rows; an empty field is missing. */
final class Csv {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,400}(\\.\\d{0,400})?|\\.\\d{1,400})([eE][+-]?\\d{1,4})?");

  private final String text;
  private int at;
  private int line = 1;

  private Csv(String text) {
    this.text = text;
    at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  static Rows read(byte[] body, Schema schema, int maxRows) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new RequestMalformed("body: not UTF-8 (expected: CSV in UTF-8)");
    }
    Csv csv = new Csv(text);
    List<@Nullable String> header = csv.line(schema.size() + 100);
    if (header == null) {
      throw new RequestMalformed("body: empty (expected: a CSV header and rows)");
    }
    Rows rows = new Rows(schema);
    Columns columns = new Columns(schema, header, rows);
    for (List<@Nullable String> fields = csv.line(header.size() + 1);
        fields != null;
        fields = csv.line(header.size() + 1)) {
      if (rows.size() == maxRows) {
        throw Invocations.tooMany(maxRows);
      }
      rows.startRow();
      if (fields.size() != header.size()) {
        rows.problem(
            "line " + csv.line, fields.size() + " fields", header.size() + ", as in the header");
        columns.skipRow();
        continue;
      }
      for (int i = 0; i < fields.size(); i++) {
        value(rows, columns.feature(i), fields.get(i));
      }
      rows.endRow();
    }
    if (rows.size() == 0) {
      throw new RequestMalformed("body: no rows (expected: a CSV header and rows)");
    }
    return rows;
  }

  private static void value(Rows rows, int feature, @Nullable String field) {
    if (feature == Columns.ENTITY) {
      rows.entity(field);
    } else if (feature == Columns.UNKNOWN) {
      return;
    } else if (field == null) {
      rows.missing(feature);
    } else if (rows.schema().isNumber(feature)) {
      String number = field.strip();
      if (number.isEmpty()) {
        rows.missing(feature);
      } else if (NUMBER.matcher(number).matches()) {
        rows.number(feature, Double.parseDouble(number));
      } else {
        rows.text(feature, field);
      }
    } else {
      rows.text(feature, field);
    }
  }

  /** The next line that is not blank, null for an empty field; null at the end. */
  private @Nullable List<@Nullable String> line(int maxFields) {
    while (at < text.length() && (text.charAt(at) == '\n' || text.charAt(at) == '\r')) {
      line += text.charAt(at) == '\n' ? 1 : 0;
      at++;
    }
    if (at >= text.length()) {
      return null;
    }
    List<@Nullable String> fields = new ArrayList<>();
    while (true) {
      fields.add(field());
      if (fields.size() > maxFields) {
        throw new RequestMalformed(
            "line " + line + ": more than " + maxFields + " fields (expected: as in the header)");
      }
      if (at >= text.length()) {
        return fields;
      }
      char end = text.charAt(at++);
      if (end == ',') {
        continue;
      }
      if (end == '\r' && at < text.length() && text.charAt(at) == '\n') {
        at++;
      }
      line++;
      return fields;
    }
  }

  /** One field; stops at the comma or the line's end. */
  private @Nullable String field() {
    if (at < text.length() && text.charAt(at) == '"') {
      return quoted();
    }
    int start = at;
    while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at == start ? null : text.substring(start, at);
  }

  private String quoted() {
    StringBuilder field = new StringBuilder();
    int start = line;
    at++;
    while (true) {
      if (at >= text.length()) {
        throw new RequestMalformed(
            "line " + start + ": a quote without an end (expected: a closing \")");
      }
      char c = text.charAt(at++);
      if (c != '"') {
        line += c == '\n' ? 1 : 0;
        field.append(c);
      } else if (at < text.length() && text.charAt(at) == '"') {
        field.append('"');
        at++;
      } else if (at >= text.length() || ",\r\n".indexOf(text.charAt(at)) >= 0) {
        return field.toString();
      } else {
        throw new RequestMalformed(
            "line " + line + ": text after a closing quote (expected: a comma or the line's end)");
      }
    }
  }
}
