package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestJsonTest {
  static final ModelManifest MANIFEST =
      new ModelManifest(
          1,
          "credit",
          "binary",
          "linear",
          List.of(
              new Feature("age", Feature.Kind.NUMBER, true, 18.0, 99.0, 0.0, 120.0),
              new Feature("sex", Feature.Kind.CATEGORY, false, null, null, null, null)),
          List.of(new Encoding.Standard(40, 10, 35, true), new Encoding.OneHot(List.of("f", "m"))),
          6,
          new ModelManifest.Graph("model.onnx", "0".repeat(64), "x", "y"),
          new ModelManifest.Output("default", List.of("0", "1"), 0.5));

  private static String json() {
    return new String(ManifestJson.write(MANIFEST), StandardCharsets.UTF_8);
  }

  @Test
  void read_ofWhatWasWritten_isEqual_andWritesTheSameBytes() {
    ModelManifest read = ManifestJson.read(ManifestJson.write(MANIFEST));
    assertThat(read).isEqualTo(MANIFEST);
    assertThat(ManifestJson.write(read)).isEqualTo(ManifestJson.write(MANIFEST));
    assertThat(json())
        .startsWith("{\n  \"format\" : 1,\n  \"model\" : \"credit\",")
        .contains("\"kind\" : \"one-hot\"");
  }

  @Test
  void read_namesTheFieldThatIsWrong() {
    refused(json().replace("\"format\" : 1", "\"format\" : 2"), "format: 2 (expected: 1)");
    refused(
        json().replace("\"binary\"", "\"ranking\""),
        "task: ranking (expected: binary, multiclass or regression)");
    refused(
        json().replace("\"width\" : 6", "\"width\" : 7"),
        "width: 7 (expected: 6, the encodings' sum)");
    refused(json().replace("\"width\" : 6", "\"width\" : \"6\""), "width: ");
    refused(json().replace("\"width\" : 6,", ""), "width");
    refused(
        json().replace("\"model.onnx\"", "\"../model.onnx\""),
        "graph.file: ../model.onnx (expected: a plain file name)");
    refused(
        json().replace("\"sex\"", "\"age\""), "features[1].name: age (expected: every name once)");
    refused(
        json().replace("\"scale\" : 10.0", "\"scale\" : 0.0"),
        "encodings[0].scale: 0.0 (expected: > 0)");
    refused(json().replace("\"mean\" : 40.0", "\"mean\" : \"NaN\""), "mean");
    refused(
        json().replace("\"threshold\" : 0.5", "\"threshold\" : 5"),
        "output.threshold: 5.0 (expected: 0..1)");
    refused(
        json().replace("\"one-hot\"", "\"java.lang.Runtime\""),
        "encodings[1].kind: java.lang.Runtime");
    refused(
        json().replace("\"model\" :", "\"@class\" : \"java.lang.Runtime\", \"model\" :"), "@class");
    refused(
        json().replace("\"allowedMin\" : 0.0", "\"allowedMin\" : 200.0"),
        "features[0].allowedMin: 200.0");
    refused(
        json().replace("\"kind\" : \"NUMBER\"", "\"kind\" : \"CATEGORY\""),
        "encodings[0].kind: standard (expected: one-hot)");
    refused(json().replaceAll("(?s)\"graph\" : \\{.*?\\}", "\"graph\" : null"), "graph: null");
    refused(
        json().replaceAll("(?s)\"features\" : \\[.*?\\]", "\"features\" : null"),
        "features: null (expected: a list)");
    refused("{", "not JSON");
    refused("null", "null (expected: an object)");
    refused("[".repeat(10_000), "not JSON");
    refused(json() + "{}", "more after the object");
    refused(json().replace("\"mean\" : 40.0", "\"mean\" : null"), "encodings[0].mean: null");
    refused(
        json().replace("\"levels\" : [", "\"levels\" : [ 7, "),
        "encodings[1].levels[0]: 7 (expected: text)");
  }

  @Test
  void read_ofAnIndex_isOneInput_andItsLevelsAreChecked() {
    ModelManifest indexed =
        new ModelManifest(
            1,
            "credit",
            "binary",
            "mlp",
            List.of(new Feature("town", Feature.Kind.CATEGORY, true, null, null, null, null)),
            List.of(new Encoding.Index(List.of("berlin", "paris"))),
            1,
            MANIFEST.graph(),
            MANIFEST.output());
    String json = new String(ManifestJson.write(indexed), StandardCharsets.UTF_8);
    assertThat(json).contains("\"kind\" : \"index\"");
    assertThat(ManifestJson.read(json.getBytes(StandardCharsets.UTF_8))).isEqualTo(indexed);
    refused(
        json.replace("\"paris\"", "\"berlin\""),
        "encodings[0].levels: a level twice (expected: every level once)");
    refused(
        json.replace("\"CATEGORY\"", "\"NUMBER\""),
        "encodings[0].kind: index (expected: standard)");
  }

  @Test
  void read_tellsEveryProblemAtOnce() {
    refused(
        json().replace("\"format\" : 1", "\"format\" : 3").replace("\"credit\"", "\" \""),
        "model.json: format: 3 (expected: 1); model:   (expected: a plain name)");
  }

  private static void refused(String json, String message) {
    assertThatThrownBy(() -> ManifestJson.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("model.json: ")
        .hasMessageContaining(message);
  }
}
