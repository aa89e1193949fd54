package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;

/**
 * Parameters with Adam's moments (Kingma and Ba 2015; weight decay decoupled, Loshchilov and Hutter
 * 2019), all of which can be saved and restored by position. DJL's own optimizer cannot: it keys
 * its moments by ids that are random in each process.
 *
 * <p>All parameters lie in one flat array, and so do the moments: the engine's update is a dozen
 * small operations, and doing them once a step instead of once a parameter is what makes a small
 * net's step cheap. Not thread-safe.
 */
final class AdamWeights {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPSILON = 1e-8f;

  private final FlatLayout layout;
  private final PtNDArray flat;
  private final PtNDArray means;
  private final PtNDArray variances;
  private final List<NDArray> values;

  /** The part of {@code flat} that decays. */
  private final NDArray decaying;

  private final double weightDecay;
  private long steps;

  /**
   * @param manager owns the arrays
   * @param state whose values are copied
   * @param weightDecay of matrices and larger arrays; vectors (biases) have none
   */
  AdamWeights(NDManager manager, List<Shape> shapes, TrainingState state, double weightDecay) {
    this.weightDecay = weightDecay;
    this.steps = state.cursor().step();
    layout = new FlatLayout(shapes);
    flat = (PtNDArray) manager.create(layout.joined(state.parameters()));
    means = (PtNDArray) manager.create(layout.joined(state.means()));
    variances = (PtNDArray) manager.create(layout.joined(state.variances()));
    values = layout.views(flat);
    decaying = JniUtils.slice(flat, 0, 0, layout.decaying(), 1);
  }

  /** The parameters, for the forward pass: views that every step changes. */
  List<NDArray> values() {
    return values;
  }

  /** Steps taken since the very start of the trial. */
  long steps() {
    return steps;
  }

  /**
   * One update.
   *
   * @param gradients one a parameter, of its shape
   */
  void step(List<NDArray> gradients, double learningRate) {
    steps++;
    double bias1 = 1 - Math.pow(BETA1, steps);
    double bias2 = 1 - Math.pow(BETA2, steps);
    double corrected = learningRate * Math.sqrt(bias2) / bias1;
    if (weightDecay > 0) {
      HostNumber.given(decaying::muli, 1 - learningRate * weightDecay);
    }
    try (PtNDArray gradient = layout.joined(gradients)) {
      JniUtils.adamUpdate(
          flat,
          gradient,
          means,
          variances,
          (float) learningRate,
          (float) corrected,
          // decayed above, where only the matrices are
          0,
          1,
          // no clipping: a negative bound turns it off
          -1,
          BETA1,
          BETA2,
          EPSILON,
          true);
    }
  }

  float[][] copyOfValues() {
    return layout.parted(NetDevice.floats(flat));
  }

  float[][] copyOfMeans() {
    return layout.parted(NetDevice.floats(means));
  }

  float[][] copyOfVariances() {
    return layout.parted(NetDevice.floats(variances));
  }
}
