package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** Reads the rows of the prediction log. */
public final class LoggedPredictions {
  private static final ObjectReader READER = PayloadJson.mapper().readerFor(JsonNode.class);
  private final ObjectStore store;

  public LoggedPredictions(ObjectStore store) {
    this.store = store;
  }

  /**
   * One answer that can be joined with what came true.
   *
   * @param entity whom it was about
   * @param score probability of the positive class or of the answered one, or the value
   * @param answer the class, or the value as text
   */
  public record Logged(String entity, float score, String answer) {}

  /**
   * The answers of some parts, in their order; rows without an entity, which no label can be joined
   * with, are left out.
   *
   * @param parts keys, without the ending
   */
  public List<Logged> read(List<String> parts) {
    List<Logged> rows = new ArrayList<>();
    parts.forEach(part -> read(part, Instant.MIN, rows::add));
    return rows;
  }

  /**
   * The same of one part.
   *
   * @param since rows that were answered before are left out
   */
  void read(String part, Instant since, Consumer<Logged> rows) {
    String key = part + ".jsonl.gz";
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode event = READER.<JsonNode>readValue(line);
        JsonNode data = event.path("data");
        if (data.hasNonNull("entity")
            && (since.equals(Instant.MIN)
                || !Instant.parse(event.path("time").asText()).isBefore(since))) {
          rows.accept(
              new Logged(
                  data.get("entity").asText(),
                  (float) data.path("score").asDouble(),
                  data.path("prediction").asText()));
        }
      }
    } catch (IOException | DateTimeException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }
}
