package io.millrace.events.labels;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvReadException;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.workflows.labels.LabelBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Reads a model's id column and target column from what people and systems send. UTF-8. */
final class LabelRows {
  private static final CsvMapper CSV =
      CsvMapper.builder().enable(CsvParser.Feature.SKIP_EMPTY_LINES).build();

  /** Labels are short; more than this is no batch of labels. */
  private static final int MOST = 1_000_000;

  private final LabelBatch.Form form;
  private final List<LabelBatch.Row> rows = new ArrayList<>();

  private LabelRows(LabelBatch.Form form) {
    this.form = form;
  }

  /** Whether the key's ending says that it is a file of rows. */
  static boolean isFile(String key) {
    return key.toLowerCase(Locale.ROOT).matches(".*\\.(csv|jsonl|ndjson|json)(\\.gz)?");
  }

  /**
   * CSV or JSON lines, each also gz, as the name ends.
   *
   * @throws EventInvalid when a column is missing or the content is not what the name says
   */
  static List<LabelBatch.Row> file(String name, InputStream content, LabelBatch.Form form)
      throws IOException {
    String lower = name.toLowerCase(Locale.ROOT);
    boolean gzip = lower.endsWith(".gz");
    try {
      InputStream plain = gzip ? new GZIPInputStream(content) : content;
      LabelRows rows = new LabelRows(form);
      if ((gzip ? lower.substring(0, lower.length() - 3) : lower).endsWith(".csv")) {
        rows.csv(plain);
      } else {
        rows.lines(plain);
      }
      return rows.rows;
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      throw new EventInvalid("object: " + e.getMessage() + " (expected: whole gzip)");
    }
  }

  /** CSV with a header. */
  static List<LabelBatch.Row> csv(InputStream content, LabelBatch.Form form) throws IOException {
    LabelRows rows = new LabelRows(form);
    rows.csv(content);
    return rows.rows;
  }

  /** {@code {"labels": [{…}]}}: objects with the two columns, and others that are not read. */
  static List<LabelBatch.Row> json(JsonNode body, LabelBatch.Form form) {
    JsonNode labels = body.path("labels");
    if (!labels.isArray()) {
      throw new EventInvalid("labels: none (expected: a list of objects)");
    }
    LabelRows rows = new LabelRows(form);
    labels.forEach(rows::object);
    return rows.rows;
  }

  private void csv(InputStream content) throws IOException {
    try (MappingIterator<Map<String, String>> lines =
        CSV.readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(decoded(content))) {
      CsvSchema header = lines.hasNextValue() ? (CsvSchema) lines.getParserSchema() : null;
      if (header == null) {
        throw new EventInvalid("rows: 0 (expected: a CSV header and rows)");
      }
      for (String column : List.of(form.id(), form.target())) {
        if (header.column(column) == null) {
          throw missing(column);
        }
      }
      while (lines.hasNextValue()) {
        Map<String, String> line = lines.nextValue();
        add(line.getOrDefault(form.id(), ""), line.getOrDefault(form.target(), ""));
      }
    } catch (CharacterCodingException e) {
      throw new EventInvalid("file: not UTF-8 (expected: text in UTF-8)");
    } catch (CsvReadException | RuntimeJsonMappingException e) {
      throw new EventInvalid("row " + (rows.size() + 1) + ": no CSV (expected: as the header)");
    }
  }

  private void lines(InputStream content) throws IOException {
    try (BufferedReader lines = decoded(content)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          object(EventJson.any(line));
        }
      }
    } catch (CharacterCodingException e) {
      throw new EventInvalid("file: not UTF-8 (expected: text in UTF-8)");
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void object(JsonNode row) {
    if (!row.isObject()) {
      throw new EventInvalid(
          "row " + (rows.size() + 1) + ": no JSON object (expected: one with " + columns() + ")");
    }
    for (String column : List.of(form.id(), form.target())) {
      // a file whose first row has it has the column; a later row may lack its value
      if (rows.isEmpty() && !row.has(column)) {
        throw missing(column);
      }
    }
    add(row.path(form.id()).asText(""), row.path(form.target()).asText(""));
  }

  private void add(String id, String label) {
    if (rows.size() == MOST) {
      throw new EventInvalid("rows: more than " + MOST + " (expected: at most " + MOST + ")");
    }
    rows.add(new LabelBatch.Row(rows.size() + 1L, id, label));
  }

  private EventInvalid missing(String column) {
    return new EventInvalid("column " + column + ": missing (expected: columns " + columns() + ")");
  }

  private String columns() {
    return form.id() + " and " + form.target();
  }

  private static BufferedReader decoded(InputStream content) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(content, StandardCharsets.UTF_8.newDecoder()));
    reader.mark(1);
    if (reader.read() != '\uFEFF') {
      reader.reset();
    }
    return reader;
  }
}
