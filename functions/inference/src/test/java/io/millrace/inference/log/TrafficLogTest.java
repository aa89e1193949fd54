package io.millrace.inference.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.runtime.Prediction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrafficLogTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.5Z");
  private final Map<String, byte[]> written = new LinkedHashMap<>();
  private boolean down;
  private final TrafficLog log =
      new TrafficLog(
          "credit",
          2,
          false,
          "fn",
          (key, content) -> {
            if (down) {
              throw new IllegalStateException("down");
            }
            written.put(key, content);
          });

  private TrafficPart only() {
    assertThat(written).hasSize(1);
    return TrafficPart.fromJson(written.values().iterator().next());
  }

  private static List<Prediction> scored(double score) {
    return List.of(new Prediction(new float[] {(float) score}, "1", (float) score));
  }

  @Test
  void write_sumsBySecond() {
    log.answered(NOON, 1_000, scored(0.51));
    log.answered(NOON.plusMillis(100), 2_000, scored(0.99));
    log.failed(NOON.plusMillis(200), 10, true);
    log.failed(NOON.plusSeconds(3), 4_000, false);
    log.write();
    String key = written.keySet().iterator().next();
    assertThat(key)
        .startsWith("predictions/credit/2/dt=2026-03-01/hr=12/fn-")
        .endsWith("-00000001-" + NOON.plusSeconds(3).getEpochSecond() + TrafficPart.ENDING);
    assertThat(TrafficPart.last(key)).isEqualTo(NOON.plusSeconds(3).getEpochSecond());
    List<TrafficPart.Second> seconds = only().seconds();
    assertThat(seconds).hasSize(2);
    assertThat(seconds.getFirst().requests()).isEqualTo(3);
    assertThat(seconds.getFirst().invalid()).isEqualTo(1);
    assertThat(seconds.getFirst().errors()).isZero();
    assertThat(seconds.getFirst().scores()[10]).isEqualTo(1);
    assertThat(seconds.getFirst().scores()[19]).isEqualTo(1);
    assertThat(seconds.get(1).errors()).isEqualTo(1);
    int bucket = TrafficPart.bucket(4_000);
    assertThat(seconds.get(1).latency()[bucket]).isEqualTo(1);
    assertThat(TrafficPart.millis(bucket)).isBetween(4.0, 4.4);
  }

  @Test
  void write_ofNothing_writesNothing() {
    log.write();
    assertThat(written).isEmpty();
  }

  @Test
  void write_afterAFailure_hasTheCountsOfBothTries() {
    down = true;
    log.answered(NOON, 1_000, scored(0.5));
    assertThatThrownBy(log::write).hasMessage("down");
    down = false;
    log.answered(NOON, 1_000, scored(0.5));
    log.write();
    assertThat(only().seconds().getFirst().requests()).isEqualTo(2);
    assertThat(only().seconds().getFirst().scores()[10]).isEqualTo(2);
    log.write();
    assertThat(written).hasSize(1);
  }

  @Test
  void fromJson_ofAnythingElse_isRefused() {
    assertThatThrownBy(() -> TrafficPart.fromJson("{}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("format");
    String wild = "{\"format\":1,\"seconds\":[{\"at\":1,\"latency\":{\"999\":1}}]}";
    assertThatThrownBy(() -> TrafficPart.fromJson(wild.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("bucket 999");
  }
}
