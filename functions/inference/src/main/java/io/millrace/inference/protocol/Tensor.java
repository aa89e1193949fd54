package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An input tensor of a request: one feature of all rows.
 *
 * @param values {@code (N)}: Double, Long, String, Boolean or null
 */
record Tensor(String name, List<@Nullable Object> values) {
  private static final Set<String> REALS = Set.of("FP16", "FP32", "FP64");

  /**
   * Reads one element of {@code inputs}.
   *
   * @param behind bytes that follow the JSON; its own are taken from them
   */
  static Tensor read(JsonInput in, int index, int maxRows, ByteBuffer behind) throws IOException {
    String at = "inputs[" + index + "]";
    Json.expect(in, JsonToken.START_OBJECT, at, "an object of name, shape, datatype, data");
    String name = null;
    String datatype = null;
    List<Long> shape = null;
    List<@Nullable Object> values = null;
    long binary = -1;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "name" -> name = text(in, at + ".name");
        case "datatype" -> datatype = text(in, at + ".datatype");
        case "shape" -> shape = shape(in, at + ".shape");
        case "data" -> values = data(in, at + ".data", maxRows);
        case "parameters" -> binary = parameters(in, at + ".parameters");
        default ->
            throw new RequestMalformed(
                at + "." + field + ": (expected: name, shape, datatype, parameters or data)");
      }
    }
    if (binary >= 0 && values != null) {
      throw new RequestMalformed(at + ".data: beside binary_data_size (expected: one of them)");
    }
    if (name != null && datatype != null && binary >= 0) {
      values = BinaryTensor.take(behind, name, datatype, binary, maxRows);
    }
    if (name == null || datatype == null || shape == null || values == null) {
      throw new RequestMalformed(at + ": incomplete (expected: name, shape, datatype and data)");
    }
    boolean column = shape.size() == 1 || (shape.size() == 2 && shape.get(1) == 1);
    if (!column || shape.getFirst() != values.size()) {
      throw new RequestMalformed(
          name
              + ": shape "
              + shape
              + " with "
              + values.size()
              + " values (expected: [N] or [N,1] and N values)");
    }
    check(name, datatype, values);
    return new Tensor(name, values);
  }

  private static void check(String name, String datatype, List<@Nullable Object> values) {
    if (BinaryTensor.width(datatype) < 0) {
      throw unknown(name, datatype);
    }
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      boolean fits =
          switch (value) {
            case null -> true; // missing
            case String text -> datatype.equals("BYTES");
            case Boolean bool -> datatype.equals("BOOL");
            case Long whole -> !datatype.equals("BYTES") && !datatype.equals("BOOL");
            // a whole number beyond long came as a double
            default -> REALS.contains(datatype) || datatype.equals("UINT64");
          };
      if (!fits) {
        String shown = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
        throw new RequestMalformed(
            name
                + "["
                + i
                + "]: "
                + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
                + " (expected: "
                + datatype
                + ")");
      }
    }
  }

  static RequestMalformed unknown(String name, String datatype) {
    return new RequestMalformed(
        name + ": datatype " + datatype + " (expected: FP32, FP64, INT64, BYTES or BOOL)");
  }

  /** The size of the bytes behind the JSON; -1 when there are none. */
  private static long parameters(JsonInput in, String field) throws IOException {
    Json.expect(in, JsonToken.START_OBJECT, field, "an object");
    long size = -1;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      boolean binary = in.currentName().equals("binary_data_size");
      in.nextToken();
      if (!binary) {
        in.skipChildren();
        continue;
      }
      String expected = "a whole number of bytes";
      Json.expect(in, JsonToken.VALUE_NUMBER_INT, field + ".binary_data_size", expected);
      boolean whole = !in.beyondLong();
      if (!whole || in.getLongValue() < 0) {
        throw new RequestMalformed(
            field + ".binary_data_size: " + in.getText() + " (expected: " + expected + ")");
      }
      size = in.getLongValue();
    }
    return size;
  }

  private static String text(JsonInput in, String field) throws IOException {
    Json.expect(in, JsonToken.VALUE_STRING, field, "text");
    return in.getText();
  }

  private static List<Long> shape(JsonInput in, String field) throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, field, "a list of whole numbers");
    List<Long> shape = new ArrayList<>(2);
    while (in.nextToken() != JsonToken.END_ARRAY) {
      Json.expect(in, JsonToken.VALUE_NUMBER_INT, field, "a list of whole numbers");
      if (shape.size() == 8) {
        throw new RequestMalformed(field + ": more than 8 dimensions (expected: [N] or [N,1])");
      }
      if (in.beyondLong()) {
        throw new RequestMalformed(field + ": " + in.getText() + " (expected: [N] or [N,1])");
      }
      shape.add(in.getLongValue());
    }
    return shape;
  }

  /** Values, nested lists flattened row by row as the protocol allows. */
  private static List<@Nullable Object> data(JsonInput in, String field, int maxRows)
      throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, field, "a list of values");
    List<@Nullable Object> values = new ArrayList<>(1);
    int depth = 1;
    while (depth > 0) {
      JsonToken token = in.nextToken();
      if (token == JsonToken.START_ARRAY) {
        depth++;
        continue;
      }
      if (token == JsonToken.END_ARRAY) {
        depth--;
        continue;
      }
      if (values.size() == maxRows) {
        throw Invocations.tooMany(maxRows);
      }
      values.add(
          switch (token) {
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT ->
                in.beyondLong() ? (Object) in.getDoubleValue() : (Object) in.getLongValue();
            case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default ->
                throw new RequestMalformed(
                    field + ": " + Json.shown(in) + " (expected: a list of values)");
          });
    }
    return values;
  }
}
