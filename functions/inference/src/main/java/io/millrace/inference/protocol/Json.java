package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.millrace.inference.runtime.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * JSON of requests, read as a stream with limits; nothing is built that the caller did not need.
 */
final class Json {
  private static final JsonInput.Limits LIMITS = new JsonInput.Limits(32, 1 << 20, 10_000);

  private static final JsonFactory OUT =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  private Json() {}

  /** Reads a body. */
  interface Reading<T> {
    T read(JsonInput in) throws IOException;
  }

  /** Writes a body. */
  interface Writing {
    void write(JsonGenerator out) throws IOException;
  }

  /**
   * @throws RequestMalformed when the body is not JSON, or more than one value
   */
  static <T> T read(JsonInput.Parser parser, byte[] body, Reading<T> reading) {
    return read(parser, body, body.length, reading);
  }

  /**
   * The same, of a body whose first bytes alone are JSON.
   *
   * @param length bytes of JSON
   */
  static <T> T read(JsonInput.Parser parser, byte[] body, int length, Reading<T> reading) {
    try (JsonInput in = parser.open(body, length, LIMITS)) {
      if (in.nextToken() == JsonToken.NOT_AVAILABLE) {
        throw new RequestMalformed("body: empty (expected: a JSON object)");
      }
      expect(in, JsonToken.START_OBJECT, "body", "a JSON object");
      T read = reading.read(in);
      if (in.nextToken() != JsonToken.NOT_AVAILABLE) {
        throw new RequestMalformed("body: more after the JSON object (expected: nothing)");
      }
      return read;
    } catch (JsonProcessingException e) {
      // without Jackson's hints for programmers
      String text = e.getOriginalMessage().replaceAll(", from `StreamReadConstraints[^`]*`", "");
      throw new RequestMalformed(
          "body: "
              + text
              + (e.getLocation() == null
                  ? ""
                  : " at line "
                      + e.getLocation().getLineNr()
                      + ", column "
                      + e.getLocation().getColumnNr())
              + " (expected: JSON)");
    } catch (IOException e) {
      throw new RequestMalformed("body: " + e.getMessage() + " (expected: JSON in UTF-8)");
    }
  }

  static byte[] write(Writing writing) {
    ByteArrayBuilder bytes = new ByteArrayBuilder(512);
    try (JsonGenerator out = OUT.createGenerator(bytes)) {
      writing.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  static void expect(JsonInput in, JsonToken token, String field, String expected)
      throws IOException {
    if (in.currentToken() != token) {
      throw new RequestMalformed(field + ": " + shown(in) + " (expected: " + expected + ")");
    }
  }

  /** The value at hand as text, for a message; a list or object is skipped. */
  static String shown(JsonInput in) throws IOException {
    JsonToken token = in.currentToken();
    return switch (token) {
      case NOT_AVAILABLE -> "nothing";
      case VALUE_STRING -> '"' + in.getText() + '"';
      case START_ARRAY -> {
        in.skipChildren();
        yield "[…]";
      }
      case START_OBJECT -> {
        in.skipChildren();
        yield "{…}";
      }
      default -> in.getText();
    };
  }

  /** Hands the value at hand to a feature. */
  static void value(JsonInput in, Rows rows, int feature) throws IOException {
    switch (in.currentToken()) {
      case VALUE_NUMBER_INT -> {
        if (rows.schema().isNumber(feature)) {
          rows.number(feature, in.getDoubleValue());
        } else {
          rows.text(feature, in.getText());
        }
      }
      case VALUE_NUMBER_FLOAT -> rows.number(feature, in.getDoubleValue());
      case VALUE_STRING -> rows.text(feature, in.getText());
      case VALUE_TRUE -> rows.bool(feature, true);
      case VALUE_FALSE -> rows.bool(feature, false);
      case VALUE_NULL -> rows.missing(feature);
      default -> rows.illTyped(feature, shown(in));
    }
  }

  /** An entity id: text or a whole number; null for null. */
  static @Nullable String entity(JsonInput in, String field) throws IOException {
    return switch (in.currentToken()) {
      case VALUE_STRING, VALUE_NUMBER_INT -> in.getText();
      case VALUE_NULL -> null;
      default ->
          throw new RequestMalformed(
              field + ": " + shown(in) + " (expected: text, a whole number or null)");
    };
  }
}
