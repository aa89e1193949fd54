package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of {@code /invocations}: {@code {"instances":[{…}]}} (or {@code dataframe_records}),
 * {@code {"dataframe_split":{"columns":[…],"data":[[…]]}}}, and CSV with a header. A field {@link
 * #ENTITY} names the row for the log. The answer is {@code
 * {"id":…,"model":…,"version":1,"predictions":[{"prediction":…,"score":0.12}]}}.
 */
public final class Invocations {
  /** The field that names a row. */
  public static final String ENTITY = "__id";

  private Invocations() {}

  /**
   * Reads a body; the rows are not checked yet.
   *
   * @param contentType as in the header; null is JSON
   * @param parser of JSON
   * @throws RequestMalformed when it is no such body
   */
  public static Rows read(
      byte[] body,
      @Nullable String contentType,
      Schema schema,
      int maxRows,
      JsonInput.Parser parser) {
    String type =
        contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "text/csv" -> Csv.read(body, schema, maxRows);
      case "", "application/json", "text/plain", "application/octet-stream" ->
          Json.read(
              parser,
              body,
              in ->
                  rows(in, () -> Json.read(parser, body, Invocations::columnsOf), schema, maxRows));
      default ->
          throw new RequestMalformed(
              "content-type: " + type + " (expected: application/json or text/csv)");
    };
  }

  static RequestMalformed tooMany(int maxRows) {
    return new RequestMalformed(
        "rows: more than " + maxRows + " (expected: at most " + maxRows + ")");
  }

  private static Rows rows(JsonInput in, Supplier<List<String>> later, Schema schema, int maxRows)
      throws IOException {
    Rows rows = new Rows(schema);
    String found = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "instances", "dataframe_records", "dataframe_split" -> {
          if (found != null) {
            throw new RequestMalformed(field + ": beside " + found + " (expected: one of them)");
          }
          found = field;
          if (field.equals("dataframe_split")) {
            split(in, later, rows, maxRows);
          } else {
            instances(in, field, rows, maxRows);
          }
        }
        case "id", "parameters", "params" -> in.skipChildren();
        default ->
            throw new RequestMalformed(
                field
                    + ": "
                    + Json.shown(in)
                    + " (expected: instances, dataframe_records or dataframe_split)");
      }
    }
    if (rows.size() == 0) {
      throw new RequestMalformed(
          (found == null ? "instances" : found) + ": no rows (expected: at least one)");
    }
    return rows;
  }

  private static void instances(JsonInput in, String field, Rows rows, int maxRows)
      throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, field, "a list of objects");
    Schema schema = rows.schema();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (rows.size() == maxRows) {
        throw tooMany(maxRows);
      }
      Json.expect(
          in, JsonToken.START_OBJECT, field + "[" + rows.size() + "]", "an object of the features");
      rows.startRow();
      for (int i = 0; in.nextToken() == JsonToken.FIELD_NAME; i++) {
        String name = in.currentName();
        in.nextToken();
        int feature = schema.find(name, i);
        if (feature >= 0) {
          Json.value(in, rows, feature);
        } else if (name.equals(ENTITY)) {
          rows.entity(Json.entity(in, ENTITY));
          i--;
        } else {
          rows.unknown(name, Json.shown(in));
        }
      }
      rows.endRow();
    }
  }

  private static void split(JsonInput in, Supplier<List<String>> later, Rows rows, int maxRows)
      throws IOException {
    Json.expect(in, JsonToken.START_OBJECT, "dataframe_split", "an object of columns and data");
    List<String> names = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "columns" -> names = names(in);
        case "index" -> in.skipChildren();
        case "data" -> {
          List<String> known = names == null ? later.get() : names;
          data(in, new Columns(rows.schema(), known, rows), rows, maxRows);
        }
        default ->
            throw new RequestMalformed(
                "dataframe_split." + field + ": (expected: columns, index or data)");
      }
    }
  }

  /** The columns, where they come after the data. */
  private static List<String> columnsOf(JsonInput in) throws IOException {
    List<String> names = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      boolean split = in.currentName().equals("dataframe_split");
      in.nextToken();
      if (!split) {
        in.skipChildren();
        continue;
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean columns = in.currentName().equals("columns");
        in.nextToken();
        if (columns) {
          names = names(in);
        } else {
          in.skipChildren();
        }
      }
    }
    if (names == null) {
      throw new RequestMalformed("dataframe_split.columns: missing (expected: a list of names)");
    }
    return names;
  }

  private static List<String> names(JsonInput in) throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "dataframe_split.columns", "a list of names");
    List<String> names = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      Json.expect(
          in, JsonToken.VALUE_STRING, "dataframe_split.columns[" + names.size() + "]", "a name");
      names.add(in.getText());
    }
    return names;
  }

  private static void data(JsonInput in, Columns columns, Rows rows, int maxRows)
      throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "dataframe_split.data", "a list of rows");
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (rows.size() == maxRows) {
        throw tooMany(maxRows);
      }
      String at = "dataframe_split.data[" + rows.size() + "]";
      Json.expect(in, JsonToken.START_ARRAY, at, "a list of values");
      rows.startRow();
      int i = 0;
      for (; in.nextToken() != JsonToken.END_ARRAY; i++) {
        int feature = i < columns.size() ? columns.feature(i) : Columns.UNKNOWN;
        if (feature >= 0) {
          Json.value(in, rows, feature);
        } else if (feature == Columns.ENTITY) {
          rows.entity(Json.entity(in, ENTITY));
        } else {
          in.skipChildren();
        }
      }
      if (i != columns.size()) {
        throw new RequestMalformed(
            at + ": " + i + " values (expected: " + columns.size() + ", one per column)");
      }
      rows.endRow();
    }
  }

  /** Writes the answer, UTF-8. */
  public static byte[] write(Answer answer) {
    return Json.write(
        out -> {
          out.writeStartObject();
          out.writeStringField("id", answer.requestId());
          out.writeStringField("model", answer.manifest().model());
          if (answer.version() > 0) {
            out.writeNumberField("version", answer.version());
          }
          out.writeArrayFieldStart("predictions");
          for (Prediction prediction : answer.predictions()) {
            write(out, answer.manifest().task(), prediction);
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  private static void write(JsonGenerator out, String task, Prediction prediction)
      throws IOException {
    out.writeStartObject();
    if (task.equals("regression")) {
      out.writeNumberField("prediction", prediction.score());
    } else {
      out.writeStringField("prediction", prediction.label());
    }
    out.writeNumberField("score", prediction.score());
    if (task.equals("multiclass")) {
      out.writeArrayFieldStart("scores");
      for (float score : prediction.scores()) {
        out.writeNumber(score);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  /** {@code {"error": …}}, UTF-8. */
  public static byte[] error(String message) {
    return Json.write(
        out -> {
          out.writeStartObject();
          out.writeStringField("error", message);
          out.writeEndObject();
        });
  }
}
