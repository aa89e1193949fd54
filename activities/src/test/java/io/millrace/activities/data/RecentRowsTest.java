package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentRowsTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void source() throws Exception {
    ingests = new Ingests(root);
    ingests.id = "id";
    StringBuilder csv = new StringBuilder("id,a,k/1,y\n");
    for (int i = 0; i < 100; i++) {
      csv.append("%d,%d,k%d,%d\n".formatted(i, i * 7, i % 5, i * 13 % 5 % 2));
    }
    ingests.csv(csv.toString());
    ingests.recent =
        new RecentRows(
            "test", Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-03-08T00:00:00Z"));
  }

  private void store(String key, String... lines) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    ingests.store.create(key, bytes.toByteArray());
  }

  private static String prediction(@Nullable String entity, String time, int a) {
    String quoted = entity == null ? "null" : "\"" + entity + "\"";
    return """
    {"specversion":"1.0","id":"r#0","source":"/endpoints/test","type":"io.millrace.prediction",\
    "time":"%s","data":{"model":"test","version":1,"entity":%s,\
    "features":{"a":%d,"k/1":"new"},"score":0.5,"prediction":"0","latencyMicros":9}}\
    """
        .formatted(time, quoted, a);
  }

  private static String label(String at, String id, String label) {
    return "{\"at\":\"%s\",\"id\":\"%s\",\"label\":\"%s\"}".formatted(at, id, label);
  }

  @Test
  void labelledPredictions_areAddedToTrainingOnceAnEntity() throws Exception {
    store(
        "predictions/test/1/dt=2026-03-02/hr=10/s-1.jsonl.gz",
        prediction("e1", "2026-03-02T10:00:00Z", 10_001),
        prediction("e2", "2026-03-02T10:00:01Z", 10_002),
        prediction(null, "2026-03-02T10:00:02Z", 10_003));
    store(
        "predictions/test/2/dt=2026-03-05/hr=10/s-1.jsonl.gz",
        prediction("e1", "2026-03-05T10:00:00Z", 20_001),
        prediction("never-labelled", "2026-03-05T10:00:00Z", 20_002));
    store(
        "predictions/test/1/dt=2026-02-28/hr=23/s-1.jsonl.gz",
        prediction("e3", "2026-02-28T23:59:59Z", 30_001),
        prediction("e4", "2026-03-01T00:00:00Z", 30_002));
    store(
        "predictions/test/1/dt=2026-03-08/hr=00/s-1.jsonl.gz",
        prediction("e5", "2026-03-08T00:00:00Z", 40_001));
    store(
        "labels/test/dt=2026-03-09/a.jsonl.gz",
        label("2026-03-09T00:00:00Z", "e1", "1"),
        label("2026-03-09T00:00:00Z", "e2", "1"),
        label("2026-03-09T00:00:00Z", "e3", "1"),
        label("2026-03-09T00:00:00Z", "e4", "0"),
        label("2026-03-09T00:00:00Z", "e5", "1"));
    store("labels/test/dt=2026-03-10/0.jsonl.gz", label("2026-03-10T00:00:00Z", "e1", "0"));

    IngestResult result = ingests.run();

    assertThat(result.recentRows()).isEqualTo(3);
    assertThat(result.rowsRead()).isEqualTo(100);
    assertThat(result.splits()).containsEntry("test", 20L).containsEntry("train", 73L);
    Table train =
        new Datasets(ingests.store, root.resolve("reader"))
            .read(result.dataset(), "train", List.of("id", "a", "k/1", "y"));
    int n = train.rows();
    assertThat(Arrays.copyOfRange(train.categories("id"), n - 3, n))
        .containsExactly("e4", "e2", "e1");
    assertThat(Arrays.copyOfRange(train.numbers("a"), n - 3, n))
        .containsExactly(30_002, 10_002, 20_001);
    assertThat(Arrays.copyOfRange(train.categories("y"), n - 3, n)).containsExactly("0", "1", "0");
    assertThat(train.categories("k/1")[n - 1]).isEqualTo("new");
    assertThat(ingests.run()).isEqualTo(result);
  }

  @Test
  void labelledPredictionsAlone_areSplitAsASourceIs() throws Exception {
    List<String> predictions = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      predictions.add(prediction("e" + i, "2026-03-02T10:00:00Z", 10_000 + i));
      labels.add(label("2026-03-09T00:00:00Z", "e" + i, String.valueOf(i % 2)));
    }
    ingests.recent = new RecentRows("test", ingests.recent.from(), ingests.recent.to(), true);
    assertThatThrownBy(() -> ingests.run())
        .hasMessageContaining(
            "labelled predictions of test from 2026-03-01T00:00:00Z to 2026-03-08T00:00:00Z: 0 rows"
                + " (expected: > 0)");
    store(
        "predictions/test/1/dt=2026-03-02/hr=10/s-1.jsonl.gz", predictions.toArray(String[]::new));
    store("labels/test/dt=2026-03-09/a.jsonl.gz", labels.toArray(String[]::new));

    IngestResult result = ingests.run();

    assertThat(result.recentRows()).isEqualTo(200);
    assertThat(result.splits()).containsEntry("test", 40L).containsEntry("train", 140L);
    assertThat(result.dataset().rows()).as("none of the source's").isEqualTo(200);
  }

  @Test
  void newestRows_areLookedForAsFarBackAsItTakes() throws Exception {
    List<String> labels = new ArrayList<>();
    for (int day = 1; day <= 28; day++) {
      List<String> predictions = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        String time = "2026-02-%02dT10:%02d:00Z".formatted(day, i);
        predictions.add(prediction("e" + day + "-" + i, time, 10_000 + 100 * day + i));
        // of the last days one in four is labelled
        if (day < 20 || i % 4 == 0) {
          labels.add(label("2026-03-09T00:00:00Z", "e" + day + "-" + i, String.valueOf(i / 4 % 2)));
        }
      }
      store(
          "predictions/test/1/dt=2026-02-%02d/hr=10/s-%d.jsonl.gz".formatted(day, day),
          predictions.toArray(String[]::new));
    }
    store("labels/test/dt=2026-03-09/a.jsonl.gz", labels.toArray(String[]::new));
    Instant to = Instant.parse("2026-03-01T00:00:00Z");
    ingests.recent = new RecentRows("test", Instant.EPOCH, to, true, 150L);

    IngestResult result = ingests.run();

    // 9 days of 5, 5 days of 20, and the last 5 of the day before
    assertThat(result.recentRows()).isEqualTo(150);
    assertThat(result.dataset().rows()).isEqualTo(150);
    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    List<Double> all = new ArrayList<>();
    for (String split : result.splits().keySet()) {
      for (double a : datasets.read(result.dataset(), split, List.of("a")).numbers("a")) {
        all.add(a);
      }
    }
    assertThat(all).hasSize(150);
    assertThat(all.stream().mapToDouble(a -> a).min()).hasValue(10_000 + 100 * 14 + 15);
    ingests.recent = new RecentRows("test", Instant.EPOCH, to, true, 1_000_000L);
    assertThat(ingests.run().recentRows()).as("all there are").isEqualTo(19 * 20 + 9 * 5);
  }

  @Test
  void noLabels_addNothing() throws Exception {
    store(
        "predictions/test/1/dt=2026-03-02/hr=10/s-1.jsonl.gz",
        prediction("e1", "2026-03-02T10:00:00Z", 1));
    assertThat(ingests.run().recentRows()).isZero();
  }

  @Test
  void aRecentRow_thatEqualsATestRowIsNotTrainedOn() throws Exception {
    IngestResult before = ingests.run();
    Table test =
        new Datasets(ingests.store, root.resolve("reader"))
            .read(before.dataset(), "test", List.of("a", "k/1", "y"));
    store(
        "predictions/test/1/dt=2026-03-02/hr=10/s-1.jsonl.gz",
        prediction("e1", "2026-03-02T10:00:00Z", (int) test.numbers("a")[0])
            .replace("\"new\"", "\"" + test.categories("k/1")[0] + "\""));
    store(
        "labels/test/dt=2026-03-09/a.jsonl.gz",
        label("2026-03-09T00:00:00Z", "e1", String.valueOf(test.categories("y")[0])));

    IngestResult result = ingests.run();

    assertThat(result.recentRows()).isEqualTo(1);
    assertThat(result.dataset()).isEqualTo(before.dataset());
    assertThat(result.expectations())
        .anyMatch(e -> e.rule().equals("equal rows stay in one split") && e.broken() == 1);
  }
}
