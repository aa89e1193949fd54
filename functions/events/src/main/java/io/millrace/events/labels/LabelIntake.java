package io.millrace.events.labels;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.events.event.Arrival;
import io.millrace.events.event.Deliveries;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.event.HttpCall;
import io.millrace.events.event.HttpReply;
import io.millrace.events.event.Lot;
import io.millrace.events.event.QueueBatch;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.Buckets;
import io.millrace.workflows.labels.LabelBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Adds what an event brings to a model's labels, after the checks of {@code labels add}. Labels
 * that are there already add nothing, whatever they came in. Thread-safe.
 */
public final class LabelIntake {
  private final Buckets buckets;
  private final BucketPrefix store;
  private final LabelledModel models;
  private final @Nullable String model;
  private final InstantSource clock;

  /**
   * @param store where Millrace keeps its state
   * @param model whose labels all of them are; null when each event says it: a body in {@code
   *     model}, an object by the folder it lies in
   * @param clock dates the files
   */
  public LabelIntake(
      Buckets buckets, BucketPrefix store, @Nullable String model, InstantSource clock) {
    this.buckets = buckets;
    this.store = store;
    this.models = new LabelledModel(buckets, store);
    this.model = model;
    this.clock = clock;
  }

  /**
   * @param rows different ids
   * @param added false when the same labels were there already
   */
  record Added(String model, String key, long rows, boolean added) {}

  /** The answer to an event. */
  public byte[] answer(JsonNode event, EventLog log) {
    if (QueueBatch.isOne(event)) {
      return EventJson.bytes(
          QueueBatch.each(
              event, log, message -> add(EventJson.object("body", message.body()), log)));
    }
    var call = HttpCall.of(event);
    if (call.isPresent()) {
      return http(call.get(), log).bytes();
    }
    return EventJson.bytes(Map.of("labels", add(event, log)));
  }

  private List<Added> add(JsonNode event, EventLog log) {
    List<Added> added = new ArrayList<>();
    Lot lot = new Lot();
    for (Deliveries.Delivery delivery : Deliveries.of(event, "")) {
      if (Arrival.isAbout(delivery.event())) {
        for (Arrival object : Arrival.of(delivery.event())) {
          lot.add(() -> added.add(object(object, log)));
        }
      } else {
        lot.add(() -> added.add(body(delivery.event(), log)));
      }
    }
    lot.end();
    return added;
  }

  private Added object(Arrival object, EventLog log) {
    String key = object.key();
    if (!LabelRows.isFile(key)) {
      throw new EventInvalid("object.key: " + key + " (expected: .csv or .jsonl, each also .gz)");
    }
    String[] folders = key.split("/");
    String name = folders.length < 2 ? "" : folders[folders.length - 2];
    return stored(
        model == null ? name : model,
        form -> {
          try (InputStream content = buckets.open(object.bucket(), key)) {
            return LabelRows.file(key, content, form);
          }
        },
        log);
  }

  private Added body(JsonNode body, EventLog log) {
    return stored(
        body.path("model").asText(model == null ? "" : model),
        form -> LabelRows.json(body, form),
        log);
  }

  private interface Reader {
    List<LabelBatch.Row> read(LabelBatch.Form form) throws IOException;
  }

  private Added stored(String name, Reader reader, EventLog log) {
    if (model != null && !model.equals(name)) {
      throw new EventInvalid("model: " + name + " (expected: " + model + ")");
    }
    try {
      LabelBatch.Form form = models.form(name);
      LabelBatch batch = LabelBatch.of(name, form, reader.read(form));
      Added added = stored(batch);
      log.said("labels", Map.of("key", added.key(), "rows", added.rows(), "added", added.added()));
      return added;
    } catch (IllegalArgumentException e) {
      throw new EventInvalid(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Added stored(LabelBatch batch) throws IOException {
    int rows = batch.labels().size();
    String prefix = store.key(LabelBatch.prefix(batch.model()));
    for (String key : buckets.list(store.bucket(), prefix)) {
      if (batch.isAt(key)) {
        return new Added(batch.model(), key, rows, false);
      }
    }
    Instant now = clock.instant();
    String key = store.key(batch.key(now));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (Map.Entry<String, String> label : batch.labels().entrySet()) {
        out.write(EventJson.bytes(LabelBatch.line(label.getKey(), label.getValue(), now)));
        out.write('\n');
      }
    }
    return new Added(
        batch.model(), key, rows, buckets.create(store.bucket(), key, bytes.toByteArray()));
  }

  private HttpReply http(HttpCall call, EventLog log) {
    if (!call.method().equals("POST")) {
      return HttpReply.error(405, "method: " + call.method() + " (expected: POST)");
    }
    try {
      return switch (call.contentType()) {
        case "", "application/json" ->
            HttpReply.json(200, body(EventJson.object("body", call.text()), log));
        case "text/csv" ->
            HttpReply.json(
                200,
                stored(
                    call.query().getOrDefault("model", model == null ? "" : model),
                    form -> LabelRows.csv(new ByteArrayInputStream(call.body()), form),
                    log));
        default ->
            HttpReply.error(
                415,
                "content-type: "
                    + call.contentType()
                    + " (expected: application/json or text/csv)");
      };
    } catch (EventInvalid e) {
      return HttpReply.error(400, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.failed("api", e);
      return HttpReply.error(503, "the store does not answer now (expected: later)");
    }
  }
}
