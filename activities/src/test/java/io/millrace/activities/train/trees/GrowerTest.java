package io.millrace.activities.train.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.Test;

/** Trees grown round by round, held against the library's own boosting. */
class GrowerTest {
  private static final int WIDTH = Rings.WIDTH;
  private static final Rows TRAIN = Rings.TRAIN;
  private static final Rows VALIDATION = Rings.VALIDATION;

  @Test
  void grow_ofAnotherSeedOrRound_growsAnotherTree() {
    Goal goal = Goal.of(Task.BINARY, 2, TRAIN.labels(), false);
    float[] none = new float[TRAIN.rows()];
    try (Grower seven = new Grower(Rings.settings(1, 7), goal, TRAIN);
        Grower eight = new Grower(Rings.settings(1, 8), goal, TRAIN)) {
      assertThat(eight.grow(none, 1).getFirst().value())
          .isNotEqualTo(seven.grow(none, 1).getFirst().value());
      assertThat(seven.grow(none, 2).getFirst().value())
          .isNotEqualTo(seven.grow(none, 1).getFirst().value())
          .isEqualTo(seven.grow(none, 2).getFirst().value());
    }
  }

  @Test
  void add_givesWhatXgboostPredicts_missingValuesIncluded() throws Exception {
    Map<String, Object> parameters = plain(6);
    DMatrix matrix = new DMatrix(floats(TRAIN), TRAIN.rows(), WIDTH, Float.NaN);
    DMatrix held = new DMatrix(floats(VALIDATION), VALIDATION.rows(), WIDTH, Float.NaN);
    Goal goal = Goal.of(Task.BINARY, 2, TRAIN.labels(), false);
    matrix.setLabel(goal.targets(TRAIN.labels()));
    Booster booster = XGBoost.train(matrix, parameters, 30, new HashMap<>(), null, null);
    JsonNode json = PayloadJson.mapper().readTree(booster.toByteArray("json"));
    List<Tree> trees = new ArrayList<>();
    json.at("/learner/gradient_booster/model/trees").forEach(tree -> trees.add(Tree.of(tree)));
    float[] sums = Boosting.sums(goal, trees, VALIDATION);
    float[][] margins = booster.predict(held, true);
    for (int row = 0; row < VALIDATION.rows(); row++) {
      assertThat(sums[row]).isEqualTo(margins[row][0], within(1e-5f));
    }
    assertThat(trees).hasSize(30).anySatisfy(tree -> assertThat(tree.missingLeft()).contains(true));
    booster.dispose();
    held.dispose();
    matrix.dispose();
  }

  @Test
  void rounds_withABoosterEach_areThoseOfOneBooster() throws Exception {
    // without sampling nothing is random, and the margins are all that a booster remembers
    Goal goal = new Goal(Task.BINARY, 1, new float[1], 0, 1, new float[0]);
    Grower.Settings plain = new Grower.Settings(4, 0.3, 1, 1, 1, 1, 0, 0, 64, 1, 7);
    float[] sums = new float[TRAIN.rows()];
    List<Tree> ours = new ArrayList<>();
    try (Grower grower = new Grower(plain, goal, TRAIN)) {
      for (int round = 1; round <= 10; round++) {
        ours.addAll(grower.grow(sums, round));
        sums = Boosting.sums(goal, ours, TRAIN);
      }
    }
    DMatrix matrix = new DMatrix(floats(TRAIN), TRAIN.rows(), WIDTH, Float.NaN);
    matrix.setLabel(goal.targets(TRAIN.labels()));
    Map<String, Object> parameters = plain(4);
    parameters.putAll(Map.of("eta", 0.3, "max_bin", 64));
    Booster booster = XGBoost.train(matrix, parameters, 10, new HashMap<>(), null, null);
    float[][] margins = booster.predict(matrix, true);
    for (int row = 0; row < TRAIN.rows(); row++) {
      assertThat(sums[row]).isEqualTo(margins[row][0], within(1e-5f));
    }
    booster.dispose();
    matrix.dispose();
  }

  @Test
  void goal_balanced_weighsTheRareClassUp() {
    Goal goal = Goal.of(Task.BINARY, 2, new double[] {0, 0, 0, 1}, true);
    assertThat(goal.weights()).containsExactly(2f / 3, 2f);
    assertThat(goal.start()).containsExactly(0f);
    assertThat(Goal.of(Task.BINARY, 2, new double[] {0, 0, 0, 1}, false).start()[0])
        .isEqualTo((float) Math.log(1.0 / 3));
  }

  @Test
  void grow_balanced_movesTheScoresOfTheRareClassUp() {
    double[] labels = new double[TRAIN.rows()];
    for (int i = 0; i < labels.length; i += 20) {
      labels[i] = 1;
    }
    Rows rare = new Rows(TRAIN.rows(), WIDTH, TRAIN.inputs(), labels);
    double[] means = new double[2];
    for (int balanced = 0; balanced < 2; balanced++) {
      Goal goal = Goal.of(Task.BINARY, 2, labels, balanced == 1);
      try (Grower grower = new Grower(Rings.settings(1, 7), goal, rare)) {
        List<Tree> trees = grower.grow(new float[rare.rows()], 1);
        for (float score : goal.scores(Boosting.sums(goal, trees, rare))) {
          means[balanced] += score / rare.rows();
        }
      }
    }
    assertThat(means[0]).isEqualTo(0.05, within(0.01));
    assertThat(means[1]).isEqualTo(0.5, within(0.05));
  }

  @Test
  void close_ofManyGrowers_keepsNoNativeMemory() throws Exception {
    int rows = 16_000;
    int width = 40;
    float[] inputs = new float[rows * width];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = i * 37 % 1009;
    }
    double[] labels = new double[rows];
    Arrays.setAll(labels, i -> i % 7);
    Rows wide = Rows.of(width, inputs, labels);
    Goal goal = Goal.of(Task.REGRESSION, 0, labels, false);
    float[] sums = new float[rows];
    long before = 0;
    for (int each = 0; each < 60; each++) {
      try (Grower grower = new Grower(Rings.settings(1, 7), goal, wide)) {
        grower.grow(sums, 1);
      }
      if (each == 19) {
        before = residentBytes();
      }
    }
    // a matrix holds an entry of 8 bytes and a bin of each value: 6 MB; forty that stayed are 240
    // MB
    assertThat(residentBytes() - before).isLessThan(100L << 20);
  }

  private static long residentBytes() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  /** The library's own boosting without sampling, on one thread. */
  private static Map<String, Object> plain(int depth) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("objective", "binary:logistic");
    parameters.put("base_score", 0.5);
    parameters.put("tree_method", "hist");
    parameters.put("max_depth", depth);
    parameters.put("nthread", 1);
    return parameters;
  }

  private static float[] floats(Rows rows) {
    float[] inputs = new float[rows.rows() * rows.width()];
    rows.inputs().asFloatBuffer().get(inputs);
    return inputs;
  }
}
