package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.Task;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every kind of net: exact resume, and a graph that scores as the engine does. */
class NetsTest {
  private static final int ROWS = 200;
  private static final int BATCH = 32;

  /**
   * @param index columns of the inputs that are positions, of {@code positions}; others are normal
   */
  private record Sample(FeedForward net, Task task, List<Integer> index, int positions) {
    Objective objective() {
      Objective even = Objective.of(task, 3, rows(1).labels());
      return task == Task.REGRESSION ? even : even.balanced(rows(1).labels());
    }

    Rows rows(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      int width = net.inputs();
      float[] inputs = new float[ROWS * width];
      double[] labels = new double[ROWS];
      for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < width; i++) {
          inputs[row * width + i] =
              index.contains(i) ? random.nextInt(positions) : (float) random.nextGaussian();
        }
        labels[row] =
            switch (task.scored()) {
              case BINARY -> random.nextInt(4) / 3;
              case MULTICLASS -> random.nextInt(3);
              default -> 100 + 10 * random.nextGaussian();
            };
      }
      return Rows.of(width, inputs, labels);
    }
  }

  static Stream<Named<Sample>> samples() {
    Layer embeddings =
        new Embeddings(
            List.of(
                new Embeddings.Passed(0, 2),
                new Embeddings.Looked(2, 7, 3),
                new Embeddings.Passed(3, 1),
                new Embeddings.Looked(4, 7, 1)),
            0.2);
    List<Layer> dense = List.of(new Layer.Dense(8), new Layer.Relu(), new Layer.Dropout(0.2));
    Layer ratings = new Factorisation(1, 7, 2, 7, 4, 0.2);
    Layer side =
        new Embeddings(List.of(new Embeddings.Passed(0, 1), new Embeddings.Looked(3, 7, 2)), 0.1);
    return Stream.of(
        Named.of(
            "embeddings",
            new Sample(
                new FeedForward(5, joined(embeddings, dense), 1), Task.BINARY, List.of(2, 4), 7)),
        Named.of("grey images", images(1, 9, 7)),
        Named.of("images of three channels", images(3, 6, 8)),
        Named.of(
            "ratings",
            new Sample(new FeedForward(3, List.of(ratings)), Task.REGRESSION, List.of(1, 2), 7)),
        Named.of(
            "ratings and more",
            new Sample(
                new FeedForward(
                    4,
                    List.of(
                        new Sum(
                            new Shape(4),
                            List.of(List.of(ratings), joined(side, dense, new Layer.Dense(1)))))),
                Task.REGRESSION,
                List.of(1, 2, 3),
                7)));
  }

  private static Sample images(int channels, int height, int width) {
    List<Layer> layers =
        List.of(
            new ImageLayer.Pixels(height, width, channels),
            new ImageLayer.Shift(2),
            new ImageLayer.Conv(4, 3),
            new Layer.Relu(),
            new ImageLayer.MaxPool(2),
            new ImageLayer.Conv(5, 5),
            new Layer.Relu(),
            new ImageLayer.MaxPool(2),
            new ImageLayer.Flatten(),
            new Layer.Dropout(0.2));
    return new Sample(
        new FeedForward(channels * height * width, layers, 3), Task.IMAGE, List.of(), 0);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void run_stoppedAfterAnyBatch_endsInTheSameBits(Sample sample) throws Exception {
    byte[] straight = run(sample, 3, null).getLast().encode();
    assertThat(run(sample, 3, null).getLast().encode()).isEqualTo(straight);
    // 7 batches an epoch: the first, the last of an epoch, the first after it, a later one
    for (int stop : new int[] {1, 7, 8, 16}) {
      TrainingState kept = TrainingState.decode(run(sample, 3, stop).getLast().encode());
      assertThat(kept.cursor().step()).isEqualTo(stop);
      assertThat(loop(sample, 3, kept(null)).run(kept).encode()).isEqualTo(straight);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void write_ofATrainedNet_scoresAsTheEngineDoes(Sample sample) throws Exception {
    float[][] values = run(sample, 2, null).getLast().parameters();
    Rows rows = sample.rows(3);
    float[] trained = TrainingLoop.scores(sample.net(), sample.objective(), values, rows);
    byte[] graph = OnnxGraph.of(sample.net(), sample.objective(), values);
    assertThat(OnnxGraph.of(sample.net(), sample.objective(), values)).isEqualTo(graph);
    float[] served = new float[trained.length];
    FloatBuffer inputs = rows.inputs().asFloatBuffer();
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(graph);
        OnnxTensor x =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), inputs, new long[] {ROWS, sample.net().inputs()});
        OrtSession.Result result = session.run(Map.of(Fitted.INPUT, x))) {
      ((OnnxTensor) result.get(0)).getFloatBuffer().get(served);
    }
    assertThat(served).containsExactly(trained, within(1e-5f * (float) sample.objective().scale()));
    assertThat(Arrays.hashCode(trained))
        .as("training moved the parameters")
        .isNotEqualTo(
            Arrays.hashCode(
                TrainingLoop.scores(
                    sample.net(), sample.objective(), sample.net().initial(7), rows)));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void run_atAnAbsurdRate_isDivergedAndSaysWhere(Sample sample) {
    assertThatThrownBy(
            () ->
                new TrainingLoop(
                        sample.net(),
                        sample.objective(),
                        new TrainingLoop.Settings(7, 1e30, 0, BATCH, 20, 20, 20),
                        sample.rows(1),
                        sample.rows(2),
                        kept(null))
                    .run(TrainingState.initial(sample.net(), 7)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.TRAINING_DIVERGED))
        .hasMessageMatching(".*not a finite number in epoch \\d+, step \\d+ \\(expected: finite.*");
  }

  private static List<TrainingState> run(Sample sample, int epochs, @Nullable Integer stop) {
    KeptStates kept = kept(stop);
    try {
      TrainingState end = loop(sample, epochs, kept).run(TrainingState.initial(sample.net(), 7));
      return List.of(end);
    } catch (KeptStates.Stopped e) {
      return kept.saved;
    }
  }

  private static TrainingLoop loop(Sample sample, int epochs, KeptStates watch) {
    return new TrainingLoop(
        sample.net(),
        sample.objective(),
        new TrainingLoop.Settings(7, 0.01, 0.01, BATCH, epochs, epochs, epochs),
        sample.rows(1),
        sample.rows(2),
        watch);
  }

  private static List<Layer> joined(Layer first, List<Layer> then, Layer... last) {
    List<Layer> all = new ArrayList<>(List.of(first));
    all.addAll(then);
    all.addAll(List.of(last));
    return all;
  }

  private static KeptStates kept(@Nullable Integer stop) {
    return new KeptStates(
        stop,
        scores -> {
          double sum = 0;
          for (float score : scores) {
            sum += score;
          }
          return sum;
        });
  }
}
