package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters with Adam's moments (Kingma and Ba 2015; weight decay decoupled, Loshchilov and Hutter
 * 2019), all of which can be saved and restored by position. DJL's own optimizer cannot: it keys
 * its moments by ids that are random in each process. The update is the engine's native one. Not
 * thread-safe.
 */
final class AdamWeights {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPSILON = 1e-8f;

  private final List<NDArray> values = new ArrayList<>();
  private final List<NDArray> means = new ArrayList<>();
  private final List<NDArray> variances = new ArrayList<>();
  private final float weightDecay;
  private long steps;

  /**
   * @param manager owns the arrays
   * @param state whose values are copied
   * @param weightDecay of matrices and kernels; vectors (biases) have none
   */
  AdamWeights(NDManager manager, List<Shape> shapes, TrainingState state, double weightDecay) {
    this.weightDecay = (float) weightDecay;
    this.steps = state.cursor().step();
    for (int p = 0; p < shapes.size(); p++) {
      NDArray value = manager.create(state.parameters()[p], shapes.get(p));
      value.setRequiresGradient(true);
      values.add(value);
      means.add(manager.create(state.means()[p], shapes.get(p)));
      variances.add(manager.create(state.variances()[p], shapes.get(p)));
    }
  }

  /** The parameters, for the forward pass. */
  List<NDArray> values() {
    return values;
  }

  /** Steps taken since the very start of the trial. */
  long steps() {
    return steps;
  }

  /** One update from the gradients that the backward pass left, which are zeroed after it. */
  void step(double learningRate) {
    steps++;
    double bias1 = 1 - Math.pow(BETA1, steps);
    double bias2 = 1 - Math.pow(BETA2, steps);
    float corrected = (float) (learningRate * Math.sqrt(bias2) / bias1);
    for (int p = 0; p < values.size(); p++) {
      NDArray value = values.get(p);
      try (NDArray gradient = value.getGradient()) {
        value
            .getNDArrayInternal()
            .adamUpdate(
                new NDList(value, gradient, means.get(p), variances.get(p)),
                new NDList(value),
                (float) learningRate,
                corrected,
                value.getShape().dimension() >= 2 ? weightDecay : 0,
                1,
                // no clipping: a negative bound turns it off
                -1,
                BETA1,
                BETA2,
                EPSILON,
                true,
                true);
      }
    }
  }

  float[][] copyOfValues() {
    return copy(values);
  }

  float[][] copyOfMeans() {
    return copy(means);
  }

  float[][] copyOfVariances() {
    return copy(variances);
  }

  private static float[][] copy(List<NDArray> arrays) {
    return arrays.stream().map(NDArray::toFloatArray).toArray(float[][]::new);
  }
}
