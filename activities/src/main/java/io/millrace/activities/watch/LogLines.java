package io.millrace.activities.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of one part of the prediction log, as far as they can be read: a part that is missing,
 * cut short or no log at all gives the lines before that, and says so. A store that does not answer
 * is a failure all the same, because it may answer next time.
 */
final class LogLines {
  private static final ObjectReader READER = PayloadJson.mapper().readerFor(JsonNode.class);

  private LogLines() {}

  /**
   * Reads a part's lines in their order.
   *
   * @param part key, without the ending
   * @return what is wrong with it, such as {@code cut short after line 3000}; empty when nothing is
   */
  static Optional<String> read(ObjectStore store, String part, Consumer<JsonNode> lines) {
    String key = part + ".jsonl.gz";
    if (store.sizeBytes(key).isEmpty()) {
      return Optional.of("has no rows");
    }
    long read = 0;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
      for (@Nullable String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode event = READER.<JsonNode>readValue(line);
        lines.accept(event);
        read++;
      }
      return Optional.empty();
    } catch (EOFException | ZipException | JsonProcessingException e) {
      return Optional.of("is cut short after line " + Numbers.count(read));
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, key + ": cannot be read to its end: " + e.getMessage());
    }
  }
}
