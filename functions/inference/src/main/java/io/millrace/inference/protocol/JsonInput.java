package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonToken;
import java.io.Closeable;
import java.io.IOException;

/**
 * A JSON text (RFC 8259) as a stream of tokens, within limits; nothing is built that the caller did
 * not ask for. Not thread-safe.
 */
public interface JsonInput extends Closeable {
  /** What reads it; both give the same tokens and values and refuse the same texts. */
  enum Parser {
    /** The greater throughput, for servers. */
    JACKSON,
    /** Starts in a tenth of the time, for functions, whose every start a caller waits for. */
    GSON;

    /**
     * Begins to read.
     *
     * @param length bytes of JSON, from the first
     */
    public JsonInput open(byte[] bytes, int length, Limits limits) throws IOException {
      return this == GSON
          ? new GsonInput(bytes, length, limits)
          : new JacksonInput(bytes, length, limits);
    }
  }

  /**
   * What a text may have.
   *
   * @param depth of lists and objects
   * @param text characters of one
   * @param name characters of a field's
   */
  record Limits(int depth, int text, int name) {
    /** Characters of a number, as Jackson has it. */
    static final int NUMBER = 1000;
  }

  /**
   * The next one; {@code NOT_AVAILABLE} after the last.
   *
   * @throws IOException when the text is not JSON, with the place, or beyond the limits
   */
  JsonToken nextToken() throws IOException;

  /** The one at hand; {@code NOT_AVAILABLE} before the first and after the last. */
  JsonToken currentToken();

  /** The name of the field at hand, whether its name or its value is the current token. */
  String currentName() throws IOException;

  /** A text's characters, a number as it was written, the word of a literal. */
  String getText() throws IOException;

  /** The number at hand, rounded to the nearest double; infinite beyond its range. */
  double getDoubleValue() throws IOException;

  /** The whole number at hand, which must not be {@link #beyondLong}. */
  long getLongValue() throws IOException;

  /** Whether the whole number at hand has more than 64 bits. */
  boolean beyondLong() throws IOException;

  /** Goes to the end of the list or object that begins here; does nothing at other tokens. */
  void skipChildren() throws IOException;
}
