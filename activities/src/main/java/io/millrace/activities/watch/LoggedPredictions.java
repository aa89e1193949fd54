package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
    for (String part : parts) {
      String key = part + ".jsonl.gz";
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          JsonNode data = READER.<JsonNode>readValue(line).path("data");
          if (data.hasNonNull("entity")) {
            rows.add(
                new Logged(
                    data.get("entity").asText(),
                    (float) data.path("score").asDouble(),
                    data.path("prediction").asText()));
          }
        }
      } catch (IOException e) {
        throw WatchedVersion.unreadable(key, e);
      }
    }
    return rows;
  }
}
