package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Rows;
import io.millrace.activities.train.Seeds;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.Task;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {
  private static final Rows TRAIN = xor(1000, 1);
  private static final Rows VALIDATION = xor(300, 2);
  private static final Objective BINARY = Objective.of(Task.BINARY, 2, TRAIN.labels());
  private static final FeedForward NET =
      new FeedForward(4, List.of(new Layer.Dense(16), new Layer.Relu(), new Layer.Dropout(0.2)), 1);

  @Test
  void run_onAProblemNoLineSolves_learnsIt() {
    TrainingState end = loop(30, 0.01, onlooker(null)).run(TrainingState.initial(NET, 7));
    assertThat(end.cursor().bestValue()).isGreaterThan(0.95);
    assertThat(end.cursor().losses().getLast()).isLessThan(end.cursor().losses().getFirst());
  }

  @Test
  void run_stoppedAfterAnyBatch_endsInTheSameBits() throws Exception {
    byte[] straight = loop(3, 0.01, onlooker(null)).run(TrainingState.initial(NET, 7)).encode();
    // 16 batches an epoch: the first, a middle one, the last of an epoch, the first after it
    for (int stop : new int[] {1, 7, 15, 16, 17, 40}) {
      KeptStates stopping = onlooker(stop);
      assertThatThrownBy(() -> loop(3, 0.01, stopping).run(TrainingState.initial(NET, 7)))
          .isInstanceOf(KeptStates.Stopped.class);
      TrainingState kept = TrainingState.decode(stopping.saved.getLast().encode());
      KeptStates rest = onlooker(null);
      assertThat(loop(3, 0.01, rest).run(kept).encode()).isEqualTo(straight);
      // and no batch was done twice
      assertThat(stopping.batches + rest.batches).isEqualTo(3 * 16);
    }
  }

  @Test
  void run_ofAnotherSeed_endsElsewhere() {
    byte[] seven = loop(1, 0.01, onlooker(null)).run(TrainingState.initial(NET, 7)).encode();
    byte[] eight = loop(1, 0.01, onlooker(null)).run(TrainingState.initial(NET, 8)).encode();
    assertThat(eight).isNotEqualTo(seven);
  }

  @Test
  void run_withoutImprovement_stopsAfterThePatience() {
    // at this rate nothing changes after the first epoch that a rank would notice
    TrainingState end = loop(30, 1e-30, onlooker(null)).run(TrainingState.initial(NET, 7));
    assertThat(end.cursor().epoch()).isEqualTo(4);
    assertThat(end.cursor().bestEpoch()).isEqualTo(1);
    assertThat(end.cursor().history()).hasSize(4);
  }

  @Test
  void run_whoseLossOverflows_isDivergedAndSaysWhere() {
    double[] labels = {0, 1, 0, 1};
    Rows rows =
        Rows.of(
            4, new float[] {3e38f, -3e38f, 3e38f, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, labels);
    TrainingLoop loop =
        new TrainingLoop(NET, BINARY, settings(5, 1), rows, VALIDATION, onlooker(null));
    assertThatThrownBy(() -> loop.run(TrainingState.initial(NET, 7)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.TRAINING_DIVERGED))
        .hasMessageMatching(".*not a finite number in epoch \\d, step \\d \\(expected: finite.*");
  }

  @Test
  void step_ofAdam_isTheFormula() {
    FeedForward line = new FeedForward(2, List.of(), 1);
    TrainingState start =
        new TrainingState(
            TrainingState.initial(line, 1).cursor(),
            new float[][] {{0.5f, -1f}, {0.25f}},
            new float[][] {{0, 0}, {0}},
            new float[][] {{0, 0}, {0}},
            null);
    double[] value = {0.5, -1, 0.25};
    double[] mean = new double[3];
    double[] variance = new double[3];
    try (NDManager manager = NDManager.newBaseManager()) {
      AdamWeights weights = new AdamWeights(manager, line.shapes(), start, 0.1);
      NDArray x = manager.create(new float[] {2, 3}, new Shape(1, 2));
      NDArray y = manager.create(new float[] {0}, new Shape(1, 1));
      Gradients gradients =
          new EngineGradients(line, new Objective(Task.REGRESSION, 1, 0, 1), weights.values());
      for (int t = 1; t <= 3; t++) {
        try (Gradients.Batch batch = gradients.of(x, y)) {
          weights.step(batch.slopes(), 0.01);
        }
        double z = 2 * value[0] + 3 * value[1] + value[2];
        // of half the square
        double[] gradient = {z * 2, z * 3, z};
        for (int i = 0; i < 3; i++) {
          // decoupled decay, of the matrix only
          value[i] -= i < 2 ? 0.01 * 0.1 * value[i] : 0;
          mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
          variance[i] = 0.999 * variance[i] + 0.001 * gradient[i] * gradient[i];
          value[i] -=
              0.01
                  * (mean[i] / (1 - Math.pow(0.9, t)))
                  / (Math.sqrt(variance[i] / (1 - Math.pow(0.999, t))) + 1e-8);
        }
      }
      assertThat(weights.steps()).isEqualTo(3);
      assertThat(weights.copyOfValues()[0][0]).isCloseTo((float) value[0], within(1e-5f));
      assertThat(weights.copyOfValues()[0][1]).isCloseTo((float) value[1], within(1e-5f));
      assertThat(weights.copyOfValues()[1][0]).isCloseTo((float) value[2], within(1e-5f));
    }
  }

  @Test
  void permutation_isOneOfAllRows_andAnotherInEachEpoch() {
    long[] first = Seeds.permutation(100, 7, 1);
    assertThat(first)
        .doesNotHaveDuplicates()
        .hasSize(100)
        .isNotEqualTo(Seeds.permutation(100, 7, 2));
    assertThat(first).isEqualTo(Seeds.permutation(100, 7, 1));
  }

  private static TrainingLoop loop(int epochs, double rate, KeptStates watch) {
    return new TrainingLoop(NET, BINARY, settings(epochs, rate), TRAIN, VALIDATION, watch);
  }

  private static TrainingLoop.Settings settings(int epochs, double rate) {
    return new TrainingLoop.Settings(7, rate, 0.01, 64, epochs, 3, epochs);
  }

  /** Whether two of four numbers have the same sign. */
  private static Rows xor(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[rows * 4];
    double[] labels = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < 4; j++) {
        inputs[4 * i + j] = (float) random.nextDouble(-1, 1);
      }
      labels[i] = inputs[4 * i] * inputs[4 * i + 1] > 0 ? 1 : 0;
    }
    return Rows.of(4, inputs, labels);
  }

  private static KeptStates onlooker(@Nullable Integer stop) {
    return new KeptStates(
        stop, scores -> Metrics.ROC_AUC.value(Task.BINARY, VALIDATION.labels(), scores, 0.5));
  }
}
