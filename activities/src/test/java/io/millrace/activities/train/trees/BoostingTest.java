package io.millrace.activities.train.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounds, early stopping, and state that resumes in the same bits. */
class BoostingTest {
  private static final int WIDTH = Rings.WIDTH;
  private static final Rows TRAIN = Rings.TRAIN;
  private static final Rows VALIDATION = Rings.VALIDATION;

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
    try (Grower grower = new Grower(Rings.settings(1, 7), goal, rows)) {
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
    try (Grower grower = new Grower(Rings.settings(threads, 7), goal, train)) {
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

  private static Rows thirds(Rows rows) {
    double[] labels = new double[rows.rows()];
    for (int row = 0; row < labels.length; row++) {
      float third = rows.inputs().asFloatBuffer().get(row * WIDTH + 2);
      labels[row] = rows.labels()[row] + (third > 0 ? 1 : 0);
    }
    return new Rows(rows.rows(), WIDTH, rows.inputs(), labels);
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
