package io.millrace.inference.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRuntimeTest {
  @TempDir Path dir;

  private static Map<String, @Nullable Object> row(
      @Nullable Object age, @Nullable Object income, @Nullable Object city) {
    Map<String, @Nullable Object> row = new HashMap<>();
    row.put("age", age);
    row.put("income", income);
    row.put("city", city);
    return row;
  }

  @Test
  void predict_givesTheFormulasScore() {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir))) {
      Prediction one = runtime.predict(row(50, 1_500.0, "berlin"));
      assertThat(one.score())
          .isCloseTo((float) TestPackages.expected(50, 1_500.0, "berlin", 0), within(1e-6f));
      assertThat(one.label()).isEqualTo("1");
      Prediction two = runtime.predict(row(20, null, null));
      assertThat(two.score())
          .isCloseTo((float) TestPackages.expected(20, null, null, 0), within(1e-6f));
      assertThat(two.label()).isEqualTo("0");
      assertThat(runtime.predict(row(50, 1, 7)).score())
          .isEqualTo(runtime.predict(row(50, 1, "elsewhere")).score());
      assertThat(runtime.digest()).isEqualTo(PackageFiles.digest(dir));
    }
  }

  @Test
  void predict_ofClassesAndValues_namesTheAnswer() {
    try (ModelRuntime classes = ModelRuntime.open(TestPackages.multiclass(dir.resolve("c")));
        ModelRuntime values = ModelRuntime.open(TestPackages.regression(dir.resolve("r")))) {
      Prediction b = classes.predict(Map.of("x0", 1, "x1", 3));
      assertThat(b.label()).isEqualTo("b");
      assertThat(b.scores()).hasSize(3);
      assertThat(b.score()).isEqualTo(b.scores()[1]);
      Prediction value = values.predict(Map.of("x0", 2, "x1", 0.5));
      assertThat(value.score()).isEqualTo(12f);
      assertThat(value.label()).isEqualTo("12.0");
    }
  }

  @Test
  void score_ofARow_isTheSameToTheLastBit_aloneAndInAnyBatch() {
    for (int features : new int[] {1, 3, 30, 257}) {
      Path place = TestPackages.mlp(dir.resolve("m" + features), features, features);
      try (ModelRuntime runtime = ModelRuntime.open(place)) {
        Random random = new Random(7);
        int rows = 333;
        List<Object> columns = new ArrayList<>();
        for (int i = 0; i < features; i++) {
          columns.add(random.doubles(rows, -3, 3).toArray());
        }
        float[] batch = runtime.score(columns, rows);
        for (int size : new int[] {1, 2, 3, 63, 64, 65, 100}) {
          for (int from = 0; from + size <= rows; from += size) {
            List<Object> slice = new ArrayList<>();
            for (Object column : columns) {
              slice.add(Arrays.copyOfRange((double[]) column, from, from + size));
            }
            assertThat(runtime.score(slice, size))
                .as("%d features, %d rows from %d", features, size, from)
                .containsExactly(Arrays.copyOfRange(batch, from, from + size));
          }
        }
      }
    }
  }

  @Test
  void score_fromManyThreads_isTheSame() throws Exception {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.mlp(dir, 5, 1));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Object> columns = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        columns.add(new double[] {i, -i, i / 2.0});
      }
      float[] expected = runtime.score(columns, 3);
      List<Future<float[]>> answers = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        answers.add(threads.submit(() -> runtime.score(columns, 3)));
      }
      for (Future<float[]> answer : answers) {
        assertThat(answer.get()).containsExactly(expected);
      }
    }
  }

  @Test
  void predict_tellsEveryProblemAtOnce() {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir))) {
      Map<String, @Nullable Object> bad = row(130, "much", List.of(1));
      bad.put("zip", "10115");
      assertThatThrownBy(() -> runtime.predict(bad))
          .isInstanceOfSatisfying(
              RowInvalid.class,
              e ->
                  assertThat(e.problems())
                      .containsExactlyInAnyOrder(
                          "age: 130 (expected: a number in 0..120)",
                          "income: \"much\" (expected: a finite number)",
                          "city: [1] (expected: text)",
                          "zip: 10115 (expected: no such field; the model takes age, income,"
                              + " city)"));
      assertThatThrownBy(
              () ->
                  runtime.predict(List.of(row(1, 1, "x"), Map.of("age", Double.NaN, "city", "x"))))
          .isInstanceOf(RowInvalid.class)
          .hasMessage(
              "rows[1].age: NaN (expected: a number in 0..120); "
                  + "rows[1].income: missing (expected: a finite number, or null)");
      assertThatThrownBy(() -> runtime.predict(row(1, Double.POSITIVE_INFINITY, "x")))
          .hasMessage("income: Infinity (expected: a finite number)");
      assertThatThrownBy(() -> runtime.predict(row(true, 1, "x")))
          .hasMessage("age: true (expected: a number in 0..120)");
      assertThatThrownBy(
              () -> runtime.predict(java.util.Collections.nCopies(1_000, Map.<String, Object>of())))
          .hasMessageEndingWith("and 2950 more problems");
    }
  }

  @Test
  void rows_countNullsThatTrainingNeverSaw() {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir))) {
      Rows rows = new Rows(runtime.schema());
      rows.row(row(null, null, null));
      rows.check();
      assertThat(rows.unexpectedMissing()).isEqualTo(1);
    }
  }

  @Test
  void open_ofAChangedGraph_isRefused() throws IOException {
    TestPackages.linear(dir);
    Files.write(dir.resolve("model.onnx"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> ModelRuntime.open(dir))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageStartingWith("model.onnx: sha256 039058c6");
  }

  @Test
  void open_ofAGraphThatDoesNotFitItsManifest_namesTheField() throws IOException {
    TestPackages.linear(dir);
    byte[] good = Files.readAllBytes(dir.resolve("model.json"));
    String json = new String(good, java.nio.charset.StandardCharsets.UTF_8);
    refused(
        json.replace("\"input\" : \"x\"", "\"input\" : \"z\""),
        "graph.input: z (expected: one of [x])");
    refused(
        json.replace("\"output\" : \"y\"", "\"output\" : \"z\""),
        "graph.output: z (expected: one of [y])");
    refused(
        json.replace("\"indicator\" : true", "\"indicator\" : false")
            .replace("\"width\" : 7", "\"width\" : 6"),
        "(expected: (N, 6) float32)");
    refused("{}", "model.json: ");
    byte[] noise = "not a graph".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Files.write(dir.resolve("model.onnx"), noise);
    refused(
        json.replaceAll(
            "\"sha256\" : \"[0-9a-f]+\"", "\"sha256\" : \"" + PackageFiles.sha256(noise) + "\""),
        "graph: cannot be opened");
    Files.delete(dir.resolve("model.onnx"));
    refused(json, "model.onnx: cannot be read (expected: a file)");
    assertThat(ManifestJson.read(good).model()).isEqualTo("credit");
  }

  private void refused(String manifest, String message) throws IOException {
    Files.writeString(dir.resolve("model.json"), manifest);
    assertThatThrownBy(() -> ModelRuntime.open(dir))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining(message);
  }

  @Test
  void score_afterClose_isRefused() {
    ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir));
    runtime.close();
    runtime.close();
    assertThatThrownBy(() -> runtime.predict(row(1, 1, "x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the model is closed");
  }
}
