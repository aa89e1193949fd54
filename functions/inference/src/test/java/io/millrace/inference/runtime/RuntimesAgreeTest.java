package io.millrace.inference.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.RandomPackages;
import io.millrace.inference.model.TestPackages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimesAgreeTest {
  private static final int ROWS = 200;
  private static final List<String> TASKS = List.of("binary", "multiclass", "regression");

  @TempDir Path dir;

  /** Random rows: a tenth missing, categories that training never saw, values on thresholds. */
  private static List<Object> columns(ModelManifest manifest, Random random) {
    List<Object> columns = new ArrayList<>();
    for (Feature feature : manifest.features()) {
      if (feature.kind() == Feature.Kind.NUMBER) {
        double[] numbers = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
          numbers[i] =
              random.nextInt(10) == 0
                  ? Double.NaN
                  : random.nextInt(3) == 0
                      ? Math.round(random.nextGaussian() * 4) / 4.0
                      : random.nextGaussian() * 2;
        }
        columns.add(numbers);
      } else {
        @Nullable String[] texts = new @Nullable String[ROWS];
        for (int i = 0; i < ROWS; i++) {
          int level = random.nextInt(7);
          texts[i] =
              level == 6 ? null : level == 5 ? "never seen" : "abcde".substring(level, level + 1);
        }
        columns.add(texts);
      }
    }
    return columns;
  }

  private void agree(Path place, Random random) {
    try (ModelRuntime java = ModelRuntime.open(place, RuntimeChoice.JAVA);
        ModelRuntime onnx = ModelRuntime.open(place, RuntimeChoice.ONNX)) {
      assertThat(java.kind()).isEqualTo(RuntimeKind.JAVA);
      assertThat(onnx.kind()).isEqualTo(RuntimeKind.ONNX);
      List<Object> columns = columns(java.manifest(), random);
      float[] ours = java.score(columns, ROWS);
      float[] theirs = onnx.score(columns, ROWS);
      assertThat(ours).hasSameSizeAs(theirs);
      for (int i = 0; i < ours.length; i++) {
        double apart = Math.abs(ours[i] - theirs[i]) / Math.max(1, Math.abs(theirs[i]));
        assertThat(apart).as("%s: %s and %s", place, ours[i], theirs[i]).isLessThanOrEqualTo(1e-5);
      }
    }
  }

  @Test
  void nets_ofAnyShape_scoreAlike() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      List<Integer> hidden = random.ints(random.nextInt(4), 1, 70).boxed().toList();
      int numbers = 1 + random.nextInt(40);
      Path place =
          new RandomPackages(seed)
              .net(
                  dir.resolve("n" + seed), numbers, random.nextInt(3), hidden, TASKS.get(seed % 3));
      agree(place, random);
    }
  }

  @Test
  void embeddings_ofAnyShape_scoreAlike() {
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      Path place =
          new RandomPackages(seed)
              .embeddings(
                  dir.resolve("e" + seed),
                  random.nextInt(5),
                  1 + random.nextInt(4),
                  TASKS.get(seed % 3));
      agree(place, random);
      agree(
          new RandomPackages(seed).factorisation(dir.resolve("f" + seed), 1 + random.nextInt(32)),
          random);
    }
  }

  @Test
  void trees_withMissingValuesAndHitThresholds_scoreAlike() {
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      Path place =
          new RandomPackages(seed)
              .trees(
                  dir.resolve("t" + seed),
                  1 + random.nextInt(20),
                  3 + random.nextInt(60),
                  random.nextInt(7),
                  TASKS.get(seed % 3));
      agree(place, random);
    }
  }

  @Test
  void score_inJava_isTheSameToTheLastBit_aloneAndInABatch() {
    List<Path> places =
        List.of(
            new RandomPackages(1).net(dir.resolve("n"), 33, 2, List.of(64, 31), "multiclass"),
            new RandomPackages(2).trees(dir.resolve("t"), 12, 50, 5, "binary"),
            new RandomPackages(3).embeddings(dir.resolve("e"), 3, 3, "regression"));
    for (Path place : places) {
      try (ModelRuntime runtime = ModelRuntime.open(place, RuntimeChoice.JAVA)) {
        List<Object> columns = columns(runtime.manifest(), new Random(5));
        float[] all = runtime.score(columns, ROWS);
        int outputs = runtime.outputs();
        for (int row = 0; row < ROWS; row++) {
          List<Object> one = new ArrayList<>();
          for (Object column : columns) {
            one.add(
                column instanceof double[] numbers
                    ? new double[] {numbers[row]}
                    : new @Nullable String[] {((@Nullable String[]) column)[row]});
          }
          float[] alone = runtime.score(one, 1);
          for (int i = 0; i < outputs; i++) {
            assertThat(Float.floatToRawIntBits(alone[i]))
                .isEqualTo(Float.floatToRawIntBits(all[row * outputs + i]));
          }
        }
      }
    }
  }

  @Test
  void open_byDefault_takesJavaForSmallGraphs_andOnnxForDearOnes() {
    Path small = TestPackages.mlp(dir.resolve("small"), 30, 1);
    Path dear = new RandomPackages(1).net(dir.resolve("dear"), 200, 0, List.of(512, 512), "binary");
    try (ModelRuntime cheap = ModelRuntime.open(small, RuntimeChoice.AUTO);
        ModelRuntime much = ModelRuntime.open(dear, RuntimeChoice.AUTO)) {
      assertThat(cheap.kind()).isEqualTo(RuntimeKind.JAVA);
      assertThat(much.kind()).isEqualTo(RuntimeKind.ONNX);
      assertThat(ModelRuntime.kinds(small)).containsExactly(RuntimeKind.JAVA, RuntimeKind.ONNX);
    }
  }

  @Test
  void open_ofAGraphThatJavaDoesNotKnow_fallsBack_unlessJavaIsAskedFor() {
    Path place = new RandomPackages(4).unknownOperator(dir);
    try (ModelRuntime runtime = ModelRuntime.open(place, RuntimeChoice.AUTO)) {
      assertThat(runtime.kind()).isEqualTo(RuntimeKind.ONNX);
    }
    assertThat(ModelRuntime.kinds(place)).containsExactly(RuntimeKind.ONNX);
    assertThatThrownBy(() -> ModelRuntime.open(place, RuntimeChoice.JAVA))
        .isInstanceOf(io.millrace.inference.model.PackageInvalid.class)
        .hasMessage("runtime: java: graph: operator Erf (expected: one that plain Java knows)");
  }

  @Test
  void choice_isOneOfThreeWords() {
    assertThat(RuntimeChoice.from(Map.of())).isEqualTo(RuntimeChoice.AUTO);
    assertThat(RuntimeChoice.from(Map.of("MILLRACE_RUNTIME", "java")))
        .isEqualTo(RuntimeChoice.JAVA);
    assertThatThrownBy(() -> RuntimeChoice.from(Map.of("MILLRACE_RUNTIME", "fast")))
        .hasMessage("MILLRACE_RUNTIME: fast (expected: auto, java or onnx)");
  }
}
