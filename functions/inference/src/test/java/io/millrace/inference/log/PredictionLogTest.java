package io.millrace.inference.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionLogTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path dir;
  private final MemorySink sink = new MemorySink();
  private Schema schema;

  @BeforeEach
  void schema() throws IOException {
    TestPackages.linear(dir);
    schema = new Schema(ManifestJson.read(Files.readAllBytes(dir.resolve("model.json"))));
  }

  private PredictionLog log(int maxQueuedRows) {
    return new PredictionLog("e", "host", maxQueuedRows, sink, Clock.fixed(NOON, ZoneOffset.UTC));
  }

  private Answered answered(String id, Instant time, int version, int rows) {
    Rows read = new Rows(schema);
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      read.row(Map.of("age", i % 100, "income", 0.5, "city", "berlin"));
      predictions.add(new Prediction(new float[] {0.5f}, "1", 0.5f));
    }
    return new Answered(id, time, "credit", version, read, predictions, 12);
  }

  @Test
  void parts_areCutAtFiveThousandRows_andTheirLinesComeBeforeTheirProfile() {
    try (PredictionLog log = log(100_000)) {
      for (int i = 0; i < 11; i++) {
        log.offer(answered("r" + i, NOON, 1, 1_000));
      }
      assertThat(log.flush(LONG)).isTrue();
      List<String> keys = sink.keys();
      assertThat(keys).hasSize(6);
      String prefix = "predictions/credit/1/dt=2026-03-01/hr=12/host-";
      for (int i = 0; i < 6; i += 2) {
        assertThat(keys.get(i)).startsWith(prefix).endsWith("-0000000" + (i / 2 + 1) + ".jsonl.gz");
        assertThat(keys.get(i + 1)).isEqualTo(keys.get(i).replace(".jsonl.gz", ".profile.json"));
        assertThat(sink.profile(keys.get(i)).rows()).isEqualTo(i == 4 ? 1_000 : 5_000);
      }
      assertThat(log.loggedRows()).isEqualTo(11_000);
      assertThat(log.queuedRows()).isZero();
      assertThat(log.parts()).isEqualTo(3);
      assertThat(sink.lines().get(5_000).path("id").asText()).isEqualTo("r5#0");
      assertThat(sink.lines().get(0).path("data").path("latencyMicros").asInt()).isEqualTo(12);
    }
  }

  @Test
  void versionsAndHours_haveTheirOwnParts() {
    try (PredictionLog log = log(100)) {
      log.offer(answered("a", NOON, 1, 1));
      log.offer(answered("b", NOON, 2, 1));
      log.offer(answered("c", NOON.plusSeconds(3_600), 1, 1));
      assertThat(log.flush(LONG)).isTrue();
      assertThat(sink.keys())
          .filteredOn(key -> key.endsWith(".gz"))
          .extracting(key -> key.replaceAll("/host.*", ""))
          .containsExactlyInAnyOrder(
              "predictions/credit/1/dt=2026-03-01/hr=12",
              "predictions/credit/2/dt=2026-03-01/hr=12",
              "predictions/credit/1/dt=2026-03-01/hr=13");
    }
  }

  @Test
  void aSinkThatFails_isTriedAgain_andNothingIsLost() {
    try (PredictionLog log = log(100)) {
      sink.fail(true);
      log.offer(answered("a", NOON, 1, 3));
      assertThat(log.flush(Duration.ofMillis(120))).isFalse();
      assertThat(log.failures()).isPositive();
      assertThat(log.loggedRows()).isZero();
      sink.fail(false);
      assertThat(log.flush(LONG)).isTrue();
      assertThat(sink.lines()).hasSize(3);
      assertThat(log.droppedRows()).isZero();
    }
  }

  @Test
  void rowsBeyondTheQueue_areDroppedAndCounted() {
    try (PredictionLog log = log(10)) {
      sink.fail(true);
      log.offer(answered("a", NOON, 1, 8));
      log.offer(answered("b", NOON, 1, 8));
      log.offer(answered("c", NOON, 1, 2));
      assertThat(log.droppedRows()).isEqualTo(8);
      sink.fail(false);
      assertThat(log.flush(LONG)).isTrue();
      assertThat(sink.lines()).extracting(line -> line.path("id").asText()).contains("a#0", "c#1");
      assertThat(log.loggedRows()).isEqualTo(10);
    }
  }

  @Test
  void close_writesWhatIsLeft_andTakesNothingMore() {
    PredictionLog log = log(10);
    log.offer(answered("a", NOON, 1, 2));
    assertThat(log.close(LONG)).isTrue();
    log.offer(answered("b", NOON, 1, 1));
    assertThat(sink.lines()).hasSize(2);
    assertThat(log.droppedRows()).isEqualTo(1);
  }

  @Test
  void twoStartsOfOneServer_neverShareAKey() {
    for (int i = 0; i < 2; i++) {
      try (PredictionLog log = log(10)) {
        log.offer(answered("a", NOON, 1, 1));
      }
    }
    assertThat(sink.keys()).hasSize(4).doesNotHaveDuplicates();
  }

  @Test
  void profiles_areReadBack_andAnythingElseIsRefused() {
    try (PredictionLog log = log(10)) {
      log.offer(answered("a", NOON, 1, 2));
      log.offer(answered("b", NOON.plusSeconds(9), 1, 1));
    }
    PartProfile part = sink.profile(sink.keys().getFirst());
    assertThat(part.from()).isEqualTo(NOON);
    assertThat(part.to()).isEqualTo(NOON.plusSeconds(9));
    assertThat(PartProfile.fromJson(part.toJson()).toJson()).isEqualTo(part.toJson());
    for (String bad : List.of("", "{}", "[]", "{\"rows\":1,\"profile\":{},\"from\":\"x\"}")) {
      assertThatThrownBy(
              () -> PartProfile.fromJson(bad.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("pro");
    }
  }

  @Test
  void fileSink_writesBelowItsRootOnly() throws IOException {
    LogSink files = new FileLogSink(dir.resolve("log"));
    Files.createDirectories(dir.resolve("log"));
    files.write("predictions/a/1/x.jsonl.gz", new byte[] {1, 2});
    files.write("predictions/a/1/x.jsonl.gz", new byte[] {3});
    assertThat(dir.resolve("log/predictions/a/1/x.jsonl.gz")).hasBinaryContent(new byte[] {3});
    assertThatThrownBy(() -> files.write("../out", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key: ../out (expected: a path below the root)");
  }
}
