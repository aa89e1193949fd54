package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.labels.LabelBatch;
import io.millrace.workflows.labels.LabelText;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What came true, {@code labels/<model>/dt=<day added>/<sha256>.jsonl.gz}: lines of {@code
 * {"at":"…","id":"…","label":"…"}}, both texts, {@code id} what predictions log as the entity. The
 * digest is over ids and labels, so a file added again adds nothing. A row that is labelled twice
 * has the label with the latest {@code at}.
 */
public final class Labels {
  private final ObjectStore store;
  private final InstantSource clock;

  /**
   * @param clock dates the files; nothing that is measured depends on it
   */
  public Labels(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * @param added false when the same labels were there already
   */
  public record Added(String key, long rows, boolean added) {}

  /**
   * Adds a CSV (also gz) or JSON lines file with the model's id column and target column.
   *
   * @return {@code REQUEST_INVALID} as a failure when a column is missing, an id is empty or twice
   *     with different labels, or a label is none of the model's classes (a number, for
   *     regression); nothing is added then. {@code NOT_FOUND} when the model has no champion
   */
  public Added add(String model, Path file) {
    WatchedVersion version =
        WatchedVersion.champion(store, model)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND, "model: " + model + " (expected: with a champion)"));
    String id = version.spec().data().id();
    if (id == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "data.id: null (expected: the column that names a row, to join labels by)");
    }
    String target = version.spec().data().target();
    LabelBatch.Form form =
        new LabelBatch.Form(
            id,
            target,
            version.spec().task().scored() == Task.REGRESSION,
            version.manifest().output().classes());
    LabelBatch batch = checked(model, form, LabelFile.read(file, id, target));
    int rows = batch.labels().size();
    for (String key : store.list(LabelBatch.prefix(model))) {
      if (batch.isAt(key)) {
        return new Added(key, rows, false);
      }
    }
    Instant now = clock.instant();
    String key = batch.key(now);
    return new Added(key, rows, store.create(key, lines(batch.labels(), now)));
  }

  /** How many label files the model has; files are only ever added. */
  int files(String model) {
    return store.list(LabelBatch.prefix(model)).size();
  }

  /** The labels of some entities, in their plainest form. */
  Map<String, String> of(String model, Set<String> entities) {
    return of(model, entities, System.nanoTime() + Duration.ofDays(1).toNanos());
  }

  /**
   * The same for who cannot wait: files that were added last are read first.
   *
   * @param end when to stop, as {@link System#nanoTime} tells it
   */
  Map<String, String> of(String model, Set<String> entities, long end) {
    Map<String, String> labels = new HashMap<>();
    Map<String, Instant> times = new HashMap<>();
    for (String key : store.list(LabelBatch.prefix(model)).reversed()) {
      if (System.nanoTime() - end > 0) {
        break;
      }
      if (key.endsWith(LabelBatch.SUFFIX)) {
        read(key, entities, labels, times, end);
      }
    }
    return labels;
  }

  private void read(
      String key,
      Set<String> entities,
      Map<String, String> labels,
      Map<String, Instant> times,
      long end) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (System.nanoTime() - end > 0) {
          return;
        }
        JsonNode row = PayloadJson.mapper().readTree(line);
        String id = row.path("id").asText();
        Instant at = Instant.parse(row.path("at").asText());
        // files of one moment: the one with the greatest key, which is read first
        if (entities.contains(id) && at.isAfter(times.getOrDefault(id, Instant.MIN))) {
          labels.put(id, LabelText.plain(row.path("label").asText()));
          times.put(id, at);
        }
      }
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  private static LabelBatch checked(String model, LabelBatch.Form form, List<LabelBatch.Row> rows) {
    try {
      return LabelBatch.of(model, form, rows);
    } catch (IllegalArgumentException e) {
      throw Failures.of(FailureType.REQUEST_INVALID, String.valueOf(e.getMessage()));
    }
  }

  private static byte[] lines(Map<String, String> labels, Instant at) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (Map.Entry<String, String> row : labels.entrySet()) {
        out.write(
            PayloadJson.mapper()
                .writeValueAsBytes(LabelBatch.line(row.getKey(), row.getValue(), at)));
        out.write('\n');
      }
    } catch (IOException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "labels: cannot be written as JSON");
    }
    return bytes.toByteArray();
  }
}
