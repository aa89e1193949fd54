package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.metrics.CalibrationError;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.workflows.labels.LabelText;
import io.millrace.workflows.port.deploy.DeployActivities.Calibration;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.rollout.ErrorBuckets;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How right the answers of a version that serves turned out to be since a moment: the prediction
 * log, mirrored answers among it, joined with the labels that have come. Bounded: it reads the
 * oldest {@value LoggedSince#ROWS} entities' rows and stops when its time is over; what was not
 * read is as if it had not come yet.
 */
public final class ServedQuality {
  private final ObjectStore store;
  private final InstantSource clock;

  /**
   * @param clock tells the newest folder that can be in the log
   */
  public ServedQuality(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Counts a version's labelled answers.
   *
   * @param prefix of its package in the store
   * @param since when the first answer that counts was given
   * @param atMost for reading
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND}, {@code PAYLOAD_UNREADABLE}
   *     and the store's own
   */
  public QualityCounts of(String prefix, int version, Instant since, Duration atMost) {
    long start = System.nanoTime();
    // answers without labels are worth nothing: some time is kept for those
    long answered = start + atMost.toNanos() * 2 / 3;
    ModelManifest manifest = manifest(prefix);
    Task task = Task.valueOf(manifest.task().toUpperCase(Locale.ROOT));
    Map<String, LoggedPredictions.Logged> answers = Map.of();
    Map<String, String> labels = Map.of();
    Labels all = new Labels(store, clock);
    if (all.files(manifest.model()) > 0) {
      answers =
          new LoggedSince(store, manifest.model(), version, since, clock.instant(), answered)
              .read();
      labels = all.of(manifest.model(), answers.keySet(), start + atMost.toNanos());
    }
    Calibration calibration =
        task == Task.BINARY
            ? new Calibration(calibrationError(prefix), manifest.output().threshold())
            : null;
    return task == Task.REGRESSION
        ? values(answers, labels)
        : classes(manifest, answers, labels, calibration);
  }

  private static QualityCounts values(
      Map<String, LoggedPredictions.Logged> answers, Map<String, String> labels) {
    List<Double> errors = new ArrayList<>();
    labels.forEach(
        (entity, label) -> {
          LoggedPredictions.Logged row = answers.get(entity);
          if (row != null) {
            errors.add(Math.abs(Double.parseDouble(label) - row.score()));
          }
        });
    double[] counted = errors.stream().mapToDouble(Double::doubleValue).toArray();
    return new QualityCounts(counted.length, null, ErrorBuckets.of(counted), null);
  }

  private static QualityCounts classes(
      ModelManifest manifest,
      Map<String, LoggedPredictions.Logged> answers,
      Map<String, String> labels,
      @Nullable Calibration calibration) {
    // of many classes, one that this version has never heard of is wrong whatever it answers
    Set<String> known =
        manifest.output().classes().stream().map(LabelText::plain).collect(Collectors.toSet());
    long labelled = 0;
    long wrong = 0;
    for (Map.Entry<String, String> label : labels.entrySet()) {
      LoggedPredictions.Logged row = answers.get(label.getKey());
      if (row != null && (calibration == null || known.contains(label.getValue()))) {
        labelled++;
        wrong += LabelText.plain(row.answer()).equals(label.getValue()) ? 0 : 1;
      }
    }
    return new QualityCounts(labelled, wrong, null, calibration);
  }

  private ModelManifest manifest(String prefix) {
    String key = prefix + "model.json";
    try {
      return ManifestJson.read(WatchedVersion.bytes(store, key));
    } catch (IllegalArgumentException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  /** As the version's card has it; null where it was registered before it was measured. */
  private @Nullable Double calibrationError(String prefix) {
    String key = prefix + "provenance.json";
    byte[] provenance = store.get(key).orElse(null);
    if (provenance == null) {
      return null;
    }
    try {
      for (JsonNode metric :
          PayloadJson.mapper().readTree(provenance).path("gates").path("metrics")) {
        if (metric.path("name").asText().equals(CalibrationError.NAME)) {
          return metric.path("value").isNumber() ? metric.path("value").asDouble() : null;
        }
      }
      return null;
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }
}
