package io.millrace.events.score;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.millrace.events.event.EventInvalid;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file as it writes them, in order: CSV (RFC 4180, with a header) or JSON lines, each
 * also {@code .gz}; UTF-8. Rows are passed on unread, so that the endpoint's checks are the only
 * ones. Not thread-safe.
 */
final class RowFile implements AutoCloseable {
  private static final int LONGEST = 1 << 20;
  private static final JsonFactory JSON = new JsonFactory();

  /** A file that unpacks to more than this is no file of rows. */
  private static final long MAX_CHARS = 512L << 20;

  private final BufferedReader in;
  private final boolean csv;
  private final String header;
  private long chars;

  private RowFile(BufferedReader in, boolean csv) throws IOException {
    this.in = in;
    this.csv = csv;
    in.mark(1);
    if (in.read() != '\uFEFF') {
      in.reset();
    }
    String first = csv ? record() : "";
    if (first == null) {
      throw new EventInvalid("rows: 0 (expected: a CSV header and rows)");
    }
    header = first;
  }

  /** Whether the key's ending says that it is one. */
  static boolean isOne(String key) {
    return key.toLowerCase(Locale.ROOT).matches(".*\\.(csv|jsonl|ndjson)(\\.gz)?");
  }

  static RowFile open(String key, InputStream content) throws IOException {
    String name = key.toLowerCase(Locale.ROOT);
    boolean gzip = name.endsWith(".gz");
    InputStream plain = gzip ? new GZIPInputStream(content) : content;
    return new RowFile(
        new BufferedReader(
            // a decoder of its own reports bytes that are no UTF-8 instead of replacing them
            new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder())),
        (gzip ? name.substring(0, name.length() - 3) : name).endsWith(".csv"));
  }

  String contentType() {
    return csv ? "text/csv" : "application/json";
  }

  /** At most so many rows; empty at the end. */
  List<String> next(int most) throws IOException {
    List<String> rows = new ArrayList<>();
    while (rows.size() < most) {
      String row = record();
      if (row == null) {
        break;
      }
      rows.add(row);
    }
    return rows;
  }

  /** What is wrong with a row's form, so that it must not be put beside others; null if nothing. */
  @Nullable String malformed(String row) {
    if (csv) {
      return null;
    }
    try (JsonParser parser = JSON.createParser(row)) {
      if (parser.nextToken() == com.fasterxml.jackson.core.JsonToken.START_OBJECT) {
        parser.skipChildren();
        if (parser.nextToken() == null) {
          return null;
        }
      }
    } catch (IOException e) {
      // said below
    }
    return "row: no JSON object (expected: one object a line)";
  }

  /** A body of {@code /invocations}. */
  byte[] body(List<String> rows) {
    String text =
        csv
            ? header + "\n" + String.join("\n", rows) + "\n"
            : "{\"instances\":[" + String.join(",", rows) + "]}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The next record that is not blank; null at the end. A line break within quotes is the row's.
   */
  private @Nullable String record() throws IOException {
    try {
      StringBuilder record = new StringBuilder();
      boolean quoted = false;
      for (int c = in.read(); c >= 0; c = in.read()) {
        if (++chars > MAX_CHARS) {
          throw new EventInvalid("object: more than 512 M characters (expected: less)");
        }
        if ((c == '\n' || c == '\r') && !quoted) {
          if (!record.toString().isBlank()) {
            return record.toString();
          }
          record.setLength(0);
          continue;
        }
        quoted ^= csv && c == '"';
        record.append((char) c);
        if (record.length() > LONGEST) {
          throw new EventInvalid("row: more than 1 M characters (expected: less)");
        }
      }
      return record.toString().isBlank() ? null : record.toString();
    } catch (CharacterCodingException e) {
      throw new EventInvalid("object: not UTF-8 (expected: text in UTF-8)");
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      throw new EventInvalid("object: " + e.getMessage() + " (expected: whole gzip)");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
