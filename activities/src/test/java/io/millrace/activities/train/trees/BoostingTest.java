package io.millrace.activities.train.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
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
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoostingTest {
  private static final int WIDTH = 6;
  private static final Rows TRAIN = rings(3000, 1);
  private static final Rows VALIDATION = rings(500, 2);

  @Test
  void run_onAProblemNoLineSolves_learnsIt() {
    BoostingState end = boosted(Task.BINARY, 40, 1, new Onlooker(null), start(1));
    assertThat(end.bestValue()).isGreaterThan(0.95);
    assertThat(end.losses().getLast()).isLessThan(end.losses().getFirst());
    assertThat(end.rounds()).isEqualTo(40);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void run_stoppedAfterAnyRound_endsInTheSameBits(int threads) throws Exception {
    byte[] straight = boosted(Task.BINARY, 12, threads, new Onlooker(null), start(1)).encode();
    for (int stop = 1; stop < 12; stop++) {
      Onlooker stopping = new Onlooker(stop);
      assertThatThrownBy(() -> boosted(Task.BINARY, 12, threads, stopping, start(1)))
          .isInstanceOf(Stopped.class);
      BoostingState kept = BoostingState.decode(stopping.states.getLast().encode());
      assertThat(kept.rounds()).isEqualTo(stop);
      // a thread of its own: the library's random numbers are the thread's
      byte[] resumed =
          CompletableFuture.supplyAsync(
                  () -> boosted(Task.BINARY, 12, threads, new Onlooker(null), kept).encode(),
                  each -> Thread.ofPlatform().start(each))
              .get();
      assertThat(resumed).isEqualTo(straight);
    }
  }

  @Test
  void run_ofManyClasses_growsATreeForEachAndResumesInTheSameBits() throws Exception {
    byte[] straight = boosted(Task.MULTICLASS, 6, 2, new Onlooker(null), start(3)).encode();
    Onlooker stopping = new Onlooker(3);
    assertThatThrownBy(() -> boosted(Task.MULTICLASS, 6, 2, stopping, start(3)))
        .isInstanceOf(Stopped.class);
    BoostingState kept = BoostingState.decode(stopping.states.getLast().encode());
    assertThat(kept.trees()).hasSize(9);
    BoostingState end = boosted(Task.MULTICLASS, 6, 2, new Onlooker(null), kept);
    assertThat(end.encode()).isEqualTo(straight);
    assertThat(end.losses().getLast()).isLessThan(end.losses().getFirst());
  }

  @Test
  void run_ofAnotherSeed_endsElsewhere() {
    Goal goal = Goal.of(Task.BINARY, 2, TRAIN.labels(), false);
    float[] none = new float[TRAIN.rows()];
    try (Grower seven = new Grower(settings(1, 7), goal, TRAIN);
        Grower eight = new Grower(settings(1, 8), goal, TRAIN)) {
      assertThat(eight.grow(none, 1).getFirst().value())
          .isNotEqualTo(seven.grow(none, 1).getFirst().value());
      assertThat(seven.grow(none, 2).getFirst().value())
          .isNotEqualTo(seven.grow(none, 1).getFirst().value())
          .isEqualTo(seven.grow(none, 2).getFirst().value());
    }
  }

  @Test
  void run_withoutImprovement_stopsAfterThePatience() {
    Onlooker onlooker = new Onlooker(null);
    onlooker.patience = 3;
    onlooker.values = new double[] {0.5, 0.7, 0.6, 0.7, 0.65, 0.9};
    BoostingState end = boosted(Task.BINARY, 40, 1, onlooker, start(1));
    assertThat(end.rounds()).isEqualTo(5);
    assertThat(end.bestRound()).isEqualTo(2);
    assertThat(end.best()).hasSize(2).isEqualTo(end.trees().subList(0, 2));
  }

  @Test
  void add_givesWhatXgboostPredicts_missingValuesIncluded() throws Exception {
    Map<String, Object> parameters =
        new HashMap<>(
            Map.of(
                "objective",
                "binary:logistic",
                "base_score",
                0.5,
                "tree_method",
                "hist",
                "max_depth",
                6,
                "nthread",
                1));
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
    Map<String, Object> parameters =
        new HashMap<>(
            Map.of(
                "objective",
                "binary:logistic",
                "base_score",
                0.5,
                "tree_method",
                "hist",
                "max_depth",
                4,
                "eta",
                0.3,
                "max_bin",
                64,
                "nthread",
                1));
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
      try (Grower grower = new Grower(settings(1, 7), goal, rare)) {
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
  void decode_ofDamagedBytes_saysSo() {
    byte[] whole = boosted(Task.BINARY, 2, 1, new Onlooker(null), start(1)).encode();
    for (int cut : new int[] {3, 11, whole.length / 2, whole.length - 1}) {
      assertThatThrownBy(() -> BoostingState.decode(Arrays.copyOf(whole, cut)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("checkpoint: un");
    }
  }

  @Test
  void fits_ofAnotherTablesState_isFalse() {
    BoostingState state = boosted(Task.BINARY, 2, 1, new Onlooker(null), start(1));
    assertThat(state.fits(WIDTH, 1)).isTrue();
    assertThat(state.fits(WIDTH, 3)).isFalse();
    assertThat(state.fits(1, 1)).isFalse();
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
      try (Grower grower = new Grower(settings(1, 7), goal, wide)) {
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

  @Test
  void run_whoseLeavesOverflow_isDiverged() {
    Tree absurd =
        new Tree(
            new int[] {-1}, new int[] {-1}, new int[1], new boolean[1], new float[] {Float.NaN});
    assertThat(absurd.sound(1)).isFalse();
    Goal goal = Goal.of(Task.REGRESSION, 0, new double[] {0, 1, 2, 3}, false);
    assertThat(goal.loss(new float[] {Float.NaN, 0, 0, 0}, new float[4])).isNaN();
    // sums near the greatest float overflow when squared
    Rows rows = Rows.of(1, new float[] {1, 2, 3, 4}, new double[] {0, 1, 2, 3});
    BoostingState huge =
        new BoostingState(
            1,
            List.of(leaf(Float.MAX_VALUE), leaf(Float.MAX_VALUE)),
            0.5,
            2,
            List.of(0.5, 0.5),
            List.of(1.0, 1.0));
    try (Grower grower = new Grower(settings(1, 7), goal, rows)) {
      Boosting boosting =
          new Boosting(grower, goal, new Boosting.Limits(5, 5), rows, rows, new Onlooker(null));
      assertThatThrownBy(() -> boosting.run(huge))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.TRAINING_DIVERGED))
          .hasMessageContaining("not a finite number in epoch 3, step 3");
    }
  }

  private static Tree leaf(float value) {
    return new Tree(
        new int[] {-1}, new int[] {-1}, new int[1], new boolean[1], new float[] {value});
  }

  private static BoostingState start(int outputs) {
    return BoostingState.initial(outputs);
  }

  private static BoostingState boosted(
      Task task, int rounds, int threads, Onlooker onlooker, BoostingState from) {
    onlooker.task = task;
    int classes = task == Task.BINARY ? 2 : 3;
    Rows train = task == Task.BINARY ? TRAIN : thirds(TRAIN);
    Rows validation = task == Task.BINARY ? VALIDATION : thirds(VALIDATION);
    onlooker.labels = validation.labels();
    Goal goal = Goal.of(task, classes, train.labels(), false);
    try (Grower grower = new Grower(settings(threads, 7), goal, train)) {
      return new Boosting(
              grower,
              goal,
              new Boosting.Limits(rounds, onlooker.patience),
              train,
              validation,
              onlooker)
          .run(from);
    }
  }

  private static Grower.Settings settings(int threads, long seed) {
    return new Grower.Settings(4, 0.3, 1, 0.7, 0.5, 1, 0, 0, 64, threads, seed);
  }

  /** Inside or outside a ring of the first two inputs; some values are missing. */
  private static Rows rings(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[rows * WIDTH];
    double[] labels = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < WIDTH; i++) {
        inputs[row * WIDTH + i] = (float) random.nextDouble(-1, 1);
      }
      double radius = Math.hypot(inputs[row * WIDTH], inputs[row * WIDTH + 1]);
      labels[row] = radius > 0.4 && radius < 0.8 ? 1 : 0;
      if (random.nextInt(20) == 0) {
        inputs[row * WIDTH + random.nextInt(WIDTH)] = Float.NaN;
      }
    }
    return Rows.of(WIDTH, inputs, labels);
  }

  private static Rows thirds(Rows rows) {
    double[] labels = new double[rows.rows()];
    for (int row = 0; row < labels.length; row++) {
      float third = rows.inputs().asFloatBuffer().get(row * WIDTH + 2);
      labels[row] = rows.labels()[row] + (third > 0 ? 1 : 0);
    }
    return new Rows(rows.rows(), WIDTH, rows.inputs(), labels);
  }

  private static float[] floats(Rows rows) {
    float[] inputs = new float[rows.rows() * rows.width()];
    rows.inputs().asFloatBuffer().get(inputs);
    return inputs;
  }

  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Onlooker implements Boosting.Watch {
    private final @Nullable Integer stopAfter;
    private final List<BoostingState> states = new ArrayList<>();
    private Task task = Task.BINARY;
    private int patience = 100;
    private double[] labels = VALIDATION.labels();
    private double @Nullable [] values;

    Onlooker(@Nullable Integer stopAfter) {
      this.stopAfter = stopAfter;
    }

    @Override
    public double measure(float[] scores) {
      if (values != null) {
        return values[states.size()];
      }
      // the better for being greater, whatever the task
      return task == Task.BINARY
          ? Metrics.ROC_AUC.value(task, labels, scores, 0.5)
          : task == Task.MULTICLASS ? Metrics.ACCURACY.value(task, labels, scores, 0.5) : 0;
    }

    @Override
    public boolean better(double value, @Nullable Double best) {
      return best == null || value > best;
    }

    @Override
    public void grown(BoostingState state) {
      states.add(state);
      if (stopAfter != null && state.rounds() == stopAfter) {
        throw new Stopped();
      }
    }
  }
}
