package io.millrace.events.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.event.Arrival;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.object.Buckets;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Scores an object of rows into one beside it: {@code rows.csv} gives {@code
 * rows.csv.predictions-<mark>.jsonl}, where the mark is the content's. One line a row, in order:
 * {@code {"row":1,"prediction":"1","score":0.93,"version":2}}, or {@code {"row":2,"error":"…"}} for
 * a row that the model refuses. The object is written whole and once; an event that comes again
 * finds it and does nothing.
 */
final class ObjectScoring {
  /** Rows of one call: a fraction of a second of work, far below any limit of a body. */
  private static final int CHUNK = 500;

  /** A file with more bad rows than this has the wrong columns, not bad rows. */
  private static final int MOST_REFUSED = 100;

  private final Buckets buckets;
  private final Target target;

  ObjectScoring(Buckets buckets, Target target) {
    this.buckets = buckets;
    this.target = target;
  }

  /**
   * @param key of the predictions; null when the object is one that this wrote
   * @param scored false when they were there already
   */
  record Result(@Nullable String key, boolean scored, long rows, long refused) {}

  /**
   * @throws EventInvalid when the object is no file of rows, is gone, or has too many bad ones
   */
  Result score(Arrival object) {
    if (object.key().matches(".*\\.predictions-[0-9a-f]{12}\\.jsonl")) {
      return new Result(null, false, 0, 0);
    }
    if (!RowFile.isOne(object.key())) {
      throw new EventInvalid(
          "object.key: " + object.key() + " (expected: .csv or .jsonl, each also .gz)");
    }
    String tag =
        buckets
            .head(object.bucket(), object.key())
            .orElseThrow(
                () -> new EventInvalid("object: " + object.location() + " (expected: to be there)"))
            .tag();
    String mark = Marks.of(object.location() + "#" + tag);
    String key = object.key() + ".predictions-" + mark + ".jsonl";
    if (buckets.head(object.bucket(), key).isPresent()) {
      return new Result(key, false, 0, 0);
    }
    try {
      Path file = Files.createTempFile("predictions", ".jsonl");
      try {
        Work work = new Work(mark);
        try (RowFile rows =
                RowFile.open(object.key(), buckets.open(object.bucket(), object.key()));
            OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
          work.all(rows, out);
        }
        boolean scored = buckets.create(object.bucket(), key, file);
        return new Result(key, scored, work.rows, work.refused);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      throw new EventInvalid("object: " + e.getMessage() + " (expected: whole gzip)");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of one object; not thread-safe. */
  private final class Work {
    private final String mark;
    private long rows;
    private long refused;

    Work(String mark) {
      this.mark = mark;
    }

    void all(RowFile file, OutputStream out) throws IOException {
      for (List<String> chunk = file.next(CHUNK); !chunk.isEmpty(); chunk = file.next(CHUNK)) {
        int good = 0;
        for (int i = 0; i < chunk.size(); i++) {
          String problem = file.malformed(chunk.get(i));
          if (problem != null) {
            some(file, chunk.subList(good, i), out);
            refuse(problem, out);
            good = i + 1;
          }
        }
        some(file, chunk.subList(good, chunk.size()), out);
      }
      if (rows == 0) {
        throw new EventInvalid("rows: 0 (expected: > 0)");
      }
    }

    /** Halves what is refused until the bad rows stand alone. */
    private void some(RowFile file, List<String> chunk, OutputStream out) throws IOException {
      if (chunk.isEmpty()) {
        return;
      }
      JsonNode answer;
      try {
        answer =
            target.score(
                file.contentType(),
                file.body(chunk),
                // a repeat of the event asks the same
                "object-" + mark + "-" + (rows + 1) + "-" + chunk.size());
      } catch (Target.Refused e) {
        if (!e.byRows()) {
          throw new EventInvalid(String.valueOf(e.getMessage()));
        }
        if (chunk.size() == 1) {
          refuse(String.valueOf(e.getMessage()), out);
          return;
        }
        int half = chunk.size() / 2;
        some(file, chunk.subList(0, half), out);
        some(file, chunk.subList(half, chunk.size()), out);
        return;
      }
      JsonNode predictions = answer.path("predictions");
      if (predictions.size() != chunk.size()) {
        throw new IllegalStateException(
            "predictions: " + predictions.size() + " (expected: " + chunk.size() + ")");
      }
      for (JsonNode prediction : predictions) {
        ObjectNode line = EventJson.mapper().createObjectNode().put("row", ++rows);
        line.setAll((ObjectNode) prediction);
        if (answer.has("version")) {
          line.put("version", answer.path("version").asInt());
        }
        write(line, out);
      }
    }

    private void refuse(String problem, OutputStream out) throws IOException {
      rows++;
      if (++refused > MOST_REFUSED) {
        throw new EventInvalid(
            "rows: more than "
                + MOST_REFUSED
                + " refused (expected: fewer); row "
                + rows
                + ": "
                + problem);
      }
      write(EventJson.mapper().createObjectNode().put("row", rows).put("error", problem), out);
    }

    private static void write(ObjectNode line, OutputStream out) throws IOException {
      out.write(EventJson.bytes(line));
      out.write('\n');
    }
  }
}
