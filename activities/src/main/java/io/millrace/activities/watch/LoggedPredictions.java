package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Reads the rows of the prediction log. */
public final class LoggedPredictions {
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
   * The answers of some parts as far as they can be read.
   *
   * @param damaged told each part that is missing or cut short, and how
   */
  List<Logged> read(List<String> parts, BiConsumer<String, String> damaged) {
    List<Logged> rows = new ArrayList<>();
    for (String part : parts) {
      lines(part, Instant.MIN, rows::add).ifPresent(what -> damaged.accept(part, what));
    }
    return rows;
  }

  /**
   * The same of one part.
   *
   * @param since rows that were answered before are left out
   */
  void read(String part, Instant since, Consumer<Logged> rows) {
    lines(part, since, rows)
        .ifPresent(
            what -> {
              throw Failures.of(
                  FailureType.PAYLOAD_UNREADABLE,
                  "object: " + part + " (expected: as this release writes it): it " + what);
            });
  }

  private Optional<String> lines(String part, Instant since, Consumer<Logged> rows) {
    return LogLines.read(
        store,
        part,
        event -> {
          JsonNode data = event.path("data");
          if (data.hasNonNull("entity") && !time(event, since).isBefore(since)) {
            rows.accept(
                new Logged(
                    data.get("entity").asText(),
                    (float) data.path("score").asDouble(),
                    data.path("prediction").asText()));
          }
        });
  }

  private static Instant time(JsonNode event, Instant since) {
    if (since.equals(Instant.MIN)) {
      return since;
    }
    try {
      return Instant.parse(event.path("time").asText());
    } catch (DateTimeException e) {
      throw WatchedVersion.unreadable("line of the prediction log", e);
    }
  }
}
