package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.labels.LabelBatch;
import io.millrace.workflows.port.deploy.DeployActivities.Calibration;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.rollout.ErrorBuckets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServedQualityTest extends WatchBed {
  private static final String WATCH = "watch: {window: {rows: 5000, min-rows: 1000}}";
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Instant NOON = WatchedStore.START;
  private static final Profile EMPTY = Profile.empty(List.of());
  private static final String OTHER = "models/other/versions/3/";

  private ServedQuality quality;

  @BeforeEach
  void open() throws IOException {
    watched.version(1, WATCH, EMPTY);
    quality = new ServedQuality(store, InstantSource.fixed(NOON.plusSeconds(20_000)));
  }

  @Test
  void of_answersWithLabels_countsThoseSinceTheMoment() throws IOException {
    // ten minutes each, over the turn of an hour; another server in between
    for (int row = 0; row < 4_200; row += 600) {
      watched.log(1, row == 1_200 ? "b" : "a", row, row + 600);
    }
    label(turnedOut(1_000, 5_000), at(9_000));
    for (int since : new int[] {0, 900, 1_500, 3_599, 3_600, 4_199}) {
      assertThat(quality.of(prefix(1), 1, NOON.plusSeconds(since), LONG))
          .isEqualTo(
              new QualityCounts(
                  4_200 - Math.max(1_000, since),
                  wrong(Math.max(1_000, since), 4_200),
                  null,
                  new Calibration(null, 0.5)));
    }
    assertThat(wrong(1_000, 4_200)).isPositive();
  }

  @Test
  void of_noLabels_readsNoAnswers() {
    store.put(
        "predictions/car-loan/1/dt=2026-03-01/hr=12/a-1.jsonl.gz", new byte[] {1, 2}); // no gzip
    assertThat(quality.of(prefix(1), 1, NOON, LONG))
        .isEqualTo(new QualityCounts(0, 0L, null, new Calibration(null, 0.5)));
  }

  @Test
  void of_timeThatIsOver_countsWhatWasRead() throws IOException {
    watched.log(1, "a", 0, 600);
    label(turnedOut(0, 600), at(9_000));
    assertThat(quality.of(prefix(1), 1, NOON, Duration.ZERO).labelled()).isZero();
  }

  @Test
  void of_aVersionWithACard_tellsItsCalibration() throws IOException {
    store.put(
        prefix(1) + "provenance.json",
        """
        {"gates": {"metrics": [{"name": "roc-auc", "value": 0.9}, {"name": "ece", "value": 0.03}]}}
        """
            .getBytes(StandardCharsets.UTF_8));
    assertThat(quality.of(prefix(1), 1, NOON, LONG).calibration())
        .isEqualTo(new Calibration(0.03, 0.5));
  }

  @Test
  void of_manyClasses_countsAnEntityOnceWithItsFirstAnswer_mirroredOnesToo() {
    manifest("multiclass", List.of("red", "green", "blue"));
    part("predictions", 1, List.of(row(10, "a", 0.9, "red"), row(11, "b", 0.9, "green")));
    part("predictions", 2, List.of(row(20, "a", 0.9, "blue"), row(21, "c", 0.9, "blue")));
    part("shadow", 3, List.of(row(30, "d", 0.9, "red")));
    labels(Map.of("a", "red", "b", "blue", "c", "yellow", "d", "red", "e", "red"));
    assertThat(quality.of(OTHER, 3, NOON, LONG)).isEqualTo(new QualityCounts(4, 2L, null, null));
    // b was answered before
    assertThat(quality.of(OTHER, 3, NOON.plusSeconds(20), LONG).labelled()).isEqualTo(3);
  }

  @Test
  void of_twoClasses_leavesOutLabelsThatAreNeither() {
    manifest("binary", List.of("no", "yes"));
    part("predictions", 1, List.of(row(10, "a", 0.9, "yes"), row(11, "b", 0.9, "yes")));
    labels(Map.of("a", "no", "b", "perhaps"));
    assertThat(quality.of(OTHER, 3, NOON, LONG))
        .isEqualTo(new QualityCounts(1, 1L, null, new Calibration(null, 0.5)));
  }

  @Test
  void of_values_countsHowFarTheyWereOff() {
    manifest("regression", List.of());
    part("predictions", 1, List.of(row(10, "a", 4.5, "4.5"), row(11, "b", 100, "100")));
    labels(Map.of("a", "4", "b", "100"));
    assertThat(quality.of(OTHER, 3, NOON, LONG))
        .isEqualTo(new QualityCounts(2, null, ErrorBuckets.of(new double[] {0, 0.5}), null));
  }

  @Test
  void of_aVersionThatIsNotThere_isNotFound() {
    assertThatThrownBy(() -> quality.of("models/other/versions/9/", 9, NOON, LONG))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
  }

  private static String prefix(int version) {
    return "models/car-loan/versions/" + version + "/";
  }

  /** Counted without a log and a join: rows of both tables are in one order. */
  private static long wrong(int from, int to) {
    List<String> answers = TRAFFIC.texts("y_pred", from, to);
    List<String[]> targets = CarLoan.targets().rows();
    long wrong = 0;
    for (int i = 0; i < answers.size(); i++) {
      double truth = Double.parseDouble(targets.get(from + i)[1]);
      wrong += Double.parseDouble(answers.get(i)) == truth ? 0 : 1;
    }
    return wrong;
  }

  private void manifest(String task, List<String> classes) {
    store.put(
        OTHER + "model.json",
        ManifestJson.write(
            new ModelManifest(
                1,
                "other",
                task,
                "linear",
                List.of(new Feature("x", Feature.Kind.NUMBER, false, 0.0, 1e6, null, null)),
                List.of(new Encoding.Standard(0, 1, 0, false)),
                1,
                new ModelManifest.Graph("model.onnx", "0".repeat(64), "x", "y"),
                new ModelManifest.Output("y", classes, 0.5))));
  }

  private static Map<String, Object> row(int second, String entity, double score, String answer) {
    return Map.of(
        "time",
        NOON.plusSeconds(second).toString(),
        "data",
        Map.of("entity", entity, "score", score, "prediction", answer));
  }

  private void part(String log, int number, List<Map<String, Object>> rows) {
    String key = log + "/other/3/dt=2026-03-01/hr=12/s-%08d".formatted(number);
    store.put(key + ".jsonl.gz", lines(rows));
    store.put(
        key + ".profile.json",
        new PartProfile(time(rows.getFirst()), time(rows.getLast()), rows.size(), EMPTY).toJson());
  }

  private static Instant time(Map<String, Object> row) {
    return Instant.parse(row.get("time").toString());
  }

  private void labels(Map<String, String> labels) {
    List<Map<String, ?>> lines = new ArrayList<>();
    labels.forEach((id, label) -> lines.add(LabelBatch.line(id, label, NOON)));
    store.put(LabelBatch.prefix("other") + "dt=2026-03-01/x.jsonl.gz", lines(lines));
  }

  private static byte[] lines(List<? extends Map<String, ?>> rows) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (Map<String, ?> row : rows) {
        out.write(WatchedStore.json(row));
        out.write('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
