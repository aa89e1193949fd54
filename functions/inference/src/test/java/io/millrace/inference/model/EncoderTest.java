package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncoderTest {
  private final Encoder encoder = new Encoder(ManifestJsonTest.MANIFEST);

  @Test
  void encode_writesEveryInputOfTheFeature_andNothingElse() {
    float[] out = new float[4 * encoder.width()];
    Arrays.fill(out, 9);
    encoder.encode(0, new double[] {50, Double.NaN, 40, 1e300}, 4, out);
    encoder.encode(1, new @Nullable String[] {"m", null, "x", "f"}, 4, out);
    assertThat(out)
        .containsExactly(
            1, 0, 0, 1, 0, 0, //
            -0.5f, 1, 0, 0, 0, 1, //
            0, 0, 0, 0, 1, 0, //
            1e30f, 0, 1, 0, 0, 0);
  }

  @Test
  void encode_ofASlice_isTheSameAsOfTheWhole() {
    double[] ages = {20, 30, Double.NaN, 50};
    float[] whole = new float[4 * encoder.width()];
    float[] slice = new float[2 * encoder.width()];
    encoder.encode(0, ages, 4, whole);
    encoder.encode(0, ages, 2, 2, slice);
    assertThat(slice).containsExactly(Arrays.copyOfRange(whole, 12, 24));
  }

  @Test
  void encode_ofARawNumber_isTheNumber_andNaNWhenItIsMissing() {
    ModelManifest sample = ManifestJsonTest.MANIFEST;
    ModelManifest raw =
        new ModelManifest(
            sample.format(),
            sample.model(),
            sample.task(),
            sample.family(),
            sample.features().subList(0, 1),
            List.of(new Encoding.Raw()),
            1,
            sample.graph(),
            sample.output());
    float[] out = new float[4];
    new Encoder(raw).encode(0, new double[] {0.1, Double.NaN, 1e300, -7}, 4, out);
    assertThat(out).containsExactly(0.1f, Float.NaN, 1e30f, -7);
    assertThat(ManifestJson.read(ManifestJson.write(raw))).isEqualTo(raw);
    assertThat(new String(ManifestJson.write(raw), java.nio.charset.StandardCharsets.UTF_8))
        .contains("\"kind\" : \"raw\"");
  }

  @Test
  void encode_ofTheWrongKind_isRefused() {
    assertThatThrownBy(() -> encoder.encode(1, new double[1], 1, new float[6]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("feature 1: numbers (expected: texts)");
    assertThatThrownBy(() -> encoder.encode(0, new @Nullable String[1], 1, new float[6]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("feature 0: texts (expected: numbers)");
  }
}
