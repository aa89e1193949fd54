package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nets trained on a GPU; skipped, and says so, on machines without one. */
class GpuTrainingIT {
  private static final int BATCH = 128;
  private static final int BATCHES = 16;

  /** What nets that are compared are trained for. */
  private static final int EPOCHS = 10;

  private static final int ROWS = BATCH * BATCHES - 50;

  /**
   * @param still the same net without anything drawn while it trains: two devices draw other
   *     numbers from one seed
   * @param apart how far scores of nets trained on the two devices may be apart, in the mean
   */
  private record Sample(FeedForward net, FeedForward still, Rows train, Rows other, float apart) {
    Objective objective() {
      return DrawnRows.objective(net, train);
    }
  }

  @BeforeAll
  static void needsAGpu() throws InterruptedException {
    GpuIT.needsAGpu();
  }

  static Stream<Named<Sample>> samples() {
    return Stream.of(
        Named.of(
            "dense",
            new Sample(
                DrawnRows.dense(true, 64, 32),
                DrawnRows.dense(false, 64, 32),
                DrawnRows.numbers(ROWS, 1),
                DrawnRows.numbers(1000, 2),
                // the same float32 sums in another order, 160 steps of it
                1e-4f)),
        Named.of(
            "images",
            new Sample(
                DrawnRows.convolutions(true, 16, 32, 64),
                DrawnRows.convolutions(false, 16, 32, 64),
                DrawnRows.images(ROWS, 1),
                DrawnRows.images(1000, 2),
                // convolutions multiply in TF32, ten bits of mantissa, and steps carry it on
                1e-3f)));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void run_learns_onTheGpu(Sample sample) {
    assertThat(NetDevice.here()).isEqualTo(Device.gpu(0));
    KeptStates watch = accuracy(sample, null);
    TrainingState end = loop(sample, sample.net(), 20, watch).run(initial(sample.net()));
    assertThat(end.cursor().bestValue()).isGreaterThan(0.8);
    assertThat(end.cursor().losses().getLast()).isLessThan(end.cursor().losses().getFirst());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void run_stoppedAfterAnyBatch_endsInTheSameBits(Sample sample) throws Exception {
    byte[] straight =
        loop(sample, sample.net(), 3, accuracy(sample, null)).run(initial(sample.net())).encode();
    assertThat(
            loop(sample, sample.net(), 3, accuracy(sample, null))
                .run(initial(sample.net()))
                .encode())
        .isEqualTo(straight);
    // the first, a middle one, the last of an epoch, the first after it
    for (int stop : new int[] {1, 9, BATCHES, BATCHES + 1, 2 * BATCHES + 5}) {
      KeptStates stopping = accuracy(sample, stop);
      assertThatThrownBy(() -> loop(sample, sample.net(), 3, stopping).run(initial(sample.net())))
          .isInstanceOf(KeptStates.Stopped.class);
      TrainingState kept = TrainingState.decode(stopping.saved.getLast().encode());
      assertThat(kept.cursor().step()).isEqualTo(stop);
      assertThat(loop(sample, sample.net(), 3, accuracy(sample, null)).run(kept).encode())
          .isEqualTo(straight);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void write_ofANetTrainedOnTheGpu_answersAsTheOneTrainedOnTheProcessor(Sample sample)
      throws Exception {
    FeedForward net = sample.still();
    float[][] there =
        loop(sample, net, EPOCHS, accuracy(sample, null)).run(initial(net)).parameters();
    float[][] here =
        new TrainingLoop(
                net,
                sample.objective(),
                settings(EPOCHS),
                sample.train(),
                sample.other(),
                accuracy(sample, null),
                Device.cpu())
            .run(initial(net))
            .parameters();
    float[] exported = served(net, sample, there);
    float[] onProcessor = served(net, sample, here);
    // one net, scored by the graph and by the engine on either device
    assertThat(exported)
        .containsExactly(
            TrainingLoop.scores(net, sample.objective(), there, sample.other(), Device.cpu()),
            within(1e-5f));
    assertThat(exported)
        .containsExactly(
            TrainingLoop.scores(net, sample.objective(), there, sample.other()),
            // TF32 again
            within(5e-3f));
    double apart = 0;
    for (int i = 0; i < exported.length; i++) {
      apart += Math.abs(exported[i] - onProcessor[i]) / exported.length;
    }
    double alike = alike(exported, onProcessor, sample.objective().outputs());
    System.out.println(
        "scores after training on GPU and processor: " + apart + " apart, alike " + alike);
    assertThat((float) apart).isLessThan(sample.apart());
    // a row on the border between two classes may fall either way
    assertThat(alike).isGreaterThan(0.995);
  }

  /** Share of rows for which both scores name the same class. */
  private static double alike(float[] one, float[] two, int outputs) {
    int rows = one.length / outputs;
    int alike = 0;
    for (int row = 0; row < rows; row++) {
      alike += decided(one, row, outputs) == decided(two, row, outputs) ? 1 : 0;
    }
    return (double) alike / rows;
  }

  private static int decided(float[] scores, int row, int outputs) {
    if (outputs == 1) {
      return scores[row] > 0.5f ? 1 : 0;
    }
    int best = 0;
    for (int output = 1; output < outputs; output++) {
      if (scores[row * outputs + output] > scores[row * outputs + best]) {
        best = output;
      }
    }
    return best;
  }

  @Test
  void run_ofMoreThanTheMemoryHolds_isRefused() {
    // 1500 images of a million values between layers are hundreds of gigabytes
    FeedForward wide = DrawnRows.convolutions(false, 65_536, 8, 8);
    Rows rows = DrawnRows.images(1500, 1);
    TrainingLoop loop =
        new TrainingLoop(
            wide,
            DrawnRows.objective(wide, rows),
            new TrainingLoop.Settings(7, 0.001, 0, 1500, 1, 1, 1),
            rows,
            rows,
            new KeptStates(null, scores -> 0));
    assertThatThrownBy(() -> loop.run(initial(wide)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID))
        .hasMessageContaining(
            "train: 1500 rows x 784 inputs, 1500 at a time, do not fit the GPU's memory");
  }

  private static float[] served(FeedForward net, Sample sample, float[][] values) throws Exception {
    Rows rows = sample.other();
    float[] scores = new float[rows.rows() * sample.objective().outputs()];
    byte[] graph = OnnxGraph.of(net, sample.objective(), values);
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(graph);
        OnnxTensor x =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                rows.inputs().asFloatBuffer(),
                new long[] {rows.rows(), rows.width()});
        OrtSession.Result result = session.run(Map.of(Fitted.INPUT, x))) {
      ((OnnxTensor) result.get(0)).getFloatBuffer().get(scores);
    }
    return scores;
  }

  private static TrainingState initial(FeedForward net) {
    return TrainingState.initial(net, 7);
  }

  private static TrainingLoop loop(Sample sample, FeedForward net, int epochs, KeptStates watch) {
    return new TrainingLoop(
        net, sample.objective(), settings(epochs), sample.train(), sample.other(), watch);
  }

  private static TrainingLoop.Settings settings(int epochs) {
    return new TrainingLoop.Settings(7, 0.003, 0.01, BATCH, epochs, epochs, epochs);
  }

  private static KeptStates accuracy(Sample sample, @Nullable Integer stop) {
    return new KeptStates(
        stop,
        scores ->
            Metrics.ACCURACY.value(
                sample.objective().task(), sample.other().labels(), scores, 0.5));
  }
}
