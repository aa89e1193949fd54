package io.millrace.activities.train.guide;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.ModelFamily;
import io.millrace.activities.train.Rows;
import io.millrace.activities.train.TabularData;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.container.LogisticGraph;
import io.millrace.workflows.spec.Task;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The example of {@code infra/docs/families.md}, which shows what lies between the marks. */
// guide
public final class DescentFamily implements ModelFamily {
  @Override
  public String name() {
    return "descent";
  }

  @Override
  public Set<Task> tasks() {
    return Set.of(Task.BINARY);
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(new Hyperparameter.Real("rate", 1, 1e-6, 100, false));
  }

  @Override
  public Fitted fit(Trial trial) {
    // 1. the data: encodings are learned on the training split, by the code that serves
    TabularData data = trial.table(EncodingPlan.oneHot(0));
    double[] labels = data.validation().labels();
    // 2. the newest state that is whole, or the beginning
    DescentState state =
        trial
            .resume(bytes -> DescentState.decode(bytes, data.width()))
            .orElseGet(() -> DescentState.initial(data.width()));
    List<Double> history = new ArrayList<>(state.history());
    List<Double> losses = new ArrayList<>(state.losses());
    for (int epoch = history.size() + 1; epoch <= trial.request().maxEpochs(); epoch++) {
      double[] weights = state.weights().clone();
      double loss = step(data.train(), weights, trial.values().real("rate"));
      if (!Double.isFinite(loss)) {
        throw Trial.diverged("loss", epoch, epoch);
      }
      // 3. the objective on the validation split decides which epoch is best
      double value = trial.measure(labels, scores(data.validation(), weights));
      boolean better = trial.better(value, state.bestValue());
      history.add(value);
      losses.add(loss);
      state =
          new DescentState(
              weights,
              better ? weights : state.best(),
              better ? Double.valueOf(value) : state.bestValue(),
              better ? epoch : state.bestEpoch(),
              List.copyOf(history),
              List.copyOf(losses));
      // 4. tell the progress, offer the state; the node's end and a cancelled run arrive here
      trial.moved(epoch, 1, data.train().rows(), loss);
      long bestStep = state.bestEpoch();
      trial.save(new Checkpoint(epoch, epoch, 0, bestStep, state::encode), state.bestValue());
    }
    // 5. an ONNX graph, and what it must score: packaging checks that they agree to 1e-5
    return new Fitted(
        data.features(),
        data.encodings(),
        LogisticGraph.of(state.best()),
        scores(data.validation(), state.best()),
        1,
        history.size(),
        state.bestEpoch(),
        history.size(),
        data.width() + 1,
        history,
        losses);
  }

  // guide end

  private static double step(Rows rows, double[] weights, double rate) {
    FloatBuffer x = rows.inputs().asFloatBuffer();
    double[] gradient = new double[weights.length];
    double loss = 0;
    int width = rows.width();
    for (int row = 0; row < rows.rows(); row++) {
      double p = probability(x, row, width, weights);
      double y = rows.labels()[row];
      loss -= Math.log(Math.max(1e-300, y > 0 ? p : 1 - p)) / rows.rows();
      for (int i = 0; i < width; i++) {
        gradient[i] += (p - y) * x.get(row * width + i) / rows.rows();
      }
      gradient[width] += (p - y) / rows.rows();
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] -= rate * gradient[i];
    }
    return loss;
  }

  private static float[] scores(Rows rows, double[] weights) {
    FloatBuffer x = rows.inputs().asFloatBuffer();
    float[] scores = new float[rows.rows()];
    for (int row = 0; row < scores.length; row++) {
      scores[row] = (float) probability(x, row, rows.width(), weights);
    }
    return scores;
  }

  private static double probability(FloatBuffer x, int row, int width, double[] weights) {
    double z = weights[width];
    for (int i = 0; i < width; i++) {
      z += weights[i] * x.get(row * width + i);
    }
    return 1 / (1 + Math.exp(-z));
  }

  /** Everything the next node needs. */
  private record DescentState(
      double[] weights,
      double[] best,
      @Nullable Double bestValue,
      int bestEpoch,
      List<Double> history,
      List<Double> losses) {
    static DescentState initial(int width) {
      double[] zeros = new double[width + 1];
      return new DescentState(zeros, zeros, null, 0, List.of(), List.of());
    }

    byte[] encode() {
      try {
        return io.millrace.workflows.wire.PayloadJson.mapper().writeValueAsBytes(this);
      } catch (IOException e) {
        throw new IllegalStateException("a state is plain numbers", e);
      }
    }

    static @Nullable DescentState decode(byte[] bytes, int width) throws IOException {
      DescentState state =
          io.millrace.workflows.wire.PayloadJson.mapper().readValue(bytes, DescentState.class);
      return state.weights().length == width + 1 ? state : null;
    }
  }
}
