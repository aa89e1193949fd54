package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonToken;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * By Gson, which has read its first text before Jackson's parsers are initialised (they have
 * constants of {@code BigDecimal}, for which Java 25 squares a number 16 times over).
 */
final class GsonInput implements JsonInput {
  private final JsonReader in;
  private final Limits limits;
  private int depth;
  private JsonToken token = JsonToken.NOT_AVAILABLE;
  private String name = "";

  /** Of a text or a number; the word of a literal; the sign of all else. */
  private String text = "";

  GsonInput(byte[] bytes, int length, Limits limits) throws IOException {
    this.limits = limits;
    in = new JsonReader(new StringReader(decoded(bytes, length)));
    in.setStrictness(Strictness.STRICT);
    in.setNestingLimit(limits.depth());
  }

  private static String decoded(byte[] bytes, int length) throws IOException {
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      // it was sent, or it stands where bytes were none of UTF-8
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
      } catch (CharacterCodingException e) {
        throw new IOException("Invalid UTF-8", e);
      }
    }
    return text;
  }

  @Override
  public JsonToken nextToken() throws IOException {
    try {
      token = next();
      return token;
    } catch (EOFException e) {
      if (depth == 0 && token == JsonToken.NOT_AVAILABLE) {
        return token; // no text at all
      }
      throw malformed("Unexpected end-of-input", e);
    } catch (IOException e) {
      throw malformed(
          depth >= limits.depth() ? "nested deeper than " + limits.depth() : "Unexpected character",
          e);
    }
  }

  private JsonToken next() throws IOException {
    switch (in.peek()) {
      case BEGIN_OBJECT -> {
        in.beginObject();
        return begun(JsonToken.START_OBJECT, "{");
      }
      case BEGIN_ARRAY -> {
        in.beginArray();
        return begun(JsonToken.START_ARRAY, "[");
      }
      case END_OBJECT -> {
        in.endObject();
        return ended(JsonToken.END_OBJECT, "}");
      }
      case END_ARRAY -> {
        in.endArray();
        return ended(JsonToken.END_ARRAY, "]");
      }
      case NAME -> {
        name = within(in.nextName(), limits.name(), "name");
        text = name;
        return JsonToken.FIELD_NAME;
      }
      case STRING -> {
        text = within(in.nextString(), limits.text(), "text");
        return JsonToken.VALUE_STRING;
      }
      case NUMBER -> {
        text = within(in.nextString(), Limits.NUMBER, "number");
        return whole(text) ? JsonToken.VALUE_NUMBER_INT : JsonToken.VALUE_NUMBER_FLOAT;
      }
      case BOOLEAN -> {
        boolean value = in.nextBoolean();
        text = String.valueOf(value);
        return value ? JsonToken.VALUE_TRUE : JsonToken.VALUE_FALSE;
      }
      case NULL -> {
        in.nextNull();
        text = "null";
        return JsonToken.VALUE_NULL;
      }
      case END_DOCUMENT -> {
        return JsonToken.NOT_AVAILABLE;
      }
    }
    throw new IllegalStateException("a token that Gson does not have");
  }

  private JsonToken begun(JsonToken start, String sign) {
    text = sign;
    depth++;
    return start;
  }

  private JsonToken ended(JsonToken end, String sign) {
    text = sign;
    depth--;
    return end;
  }

  private static String within(String value, int most, String what) throws IOException {
    if (value.length() > most) {
      throw new LimitExceeded(
          what + " of " + value.length() + " characters (expected: at most " + most + ")");
    }
    return value;
  }

  private static boolean whole(String number) {
    for (int i = 0; i < number.length(); i++) {
      char c = number.charAt(i);
      if (c == '.' || c == 'e' || c == 'E') {
        return false;
      }
    }
    return true;
  }

  /** Gson's messages are for programmers, but for the place. */
  private static IOException malformed(String what, IOException cause) {
    String said = String.valueOf(cause.getMessage());
    if (cause instanceof LimitExceeded) {
      return cause;
    }
    int at = said.lastIndexOf(" at line ");
    int path = said.lastIndexOf(" path ");
    String place = at >= 0 && path > at ? said.substring(at, path) : "";
    return new IOException(what + place.replace(" column ", ", column "), cause);
  }

  @Override
  public JsonToken currentToken() {
    return token;
  }

  @Override
  public String currentName() {
    return name;
  }

  @Override
  public String getText() {
    return text;
  }

  @Override
  public double getDoubleValue() {
    double value = Double.parseDouble(text);
    return token == JsonToken.VALUE_NUMBER_INT ? value + 0.0 : value; // -0 is 0, -0.0 is not
  }

  @Override
  public long getLongValue() {
    return Long.parseLong(text);
  }

  @Override
  public boolean beyondLong() {
    if (text.length() < 19) {
      return false;
    }
    try {
      Long.parseLong(text);
      return false;
    } catch (NumberFormatException e) {
      return true;
    }
  }

  @Override
  public void skipChildren() throws IOException {
    if (token != JsonToken.START_OBJECT && token != JsonToken.START_ARRAY) {
      return;
    }
    int outside = depth - 1;
    while (depth > outside) {
      nextToken();
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private static final class LimitExceeded extends IOException {
    private static final long serialVersionUID = 1L;

    LimitExceeded(String message) {
      super(message);
    }
  }
}
