package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GradientsTest {
  private static final int ROWS = 37;
  private static final int INPUTS = 5;

  @Test
  void of_aDenseNet_areTheEnginesOwn() {
    for (Task task : List.of(Task.BINARY, Task.MULTICLASS, Task.REGRESSION)) {
      for (double dropout : new double[] {0, 0.3}) {
        List<Layer> hidden = new ArrayList<>();
        for (int units : new int[] {16, 8}) {
          hidden.add(new Layer.Dense(units));
          hidden.add(new Layer.Relu());
          if (dropout > 0) {
            hidden.add(new Layer.Dropout(dropout));
          }
        }
        same(objective(task, List.of()), hidden);
      }
      same(objective(task, List.of()), List.of());
    }
  }

  @Test
  void of_aDenseNetWithClassWeights_areTheEnginesOwn() {
    List<Layer> hidden = List.of(new Layer.Dense(8), new Layer.Relu());
    same(objective(Task.BINARY, List.of(0.6, 3.0)), hidden);
    same(objective(Task.MULTICLASS, List.of(0.6, 3.0, 1.5)), hidden);
  }

  private static Objective objective(Task task, List<Double> weights) {
    return new Objective(task, task == Task.MULTICLASS ? 3 : 1, 0, 1, weights);
  }

  @Test
  void of_anotherOrderOfLayers_isLeftToTheEngine() {
    Objective objective = new Objective(Task.BINARY, 1, 0, 1);
    for (List<Layer> hidden :
        List.<List<Layer>>of(
            List.of(new Layer.Dense(4)),
            List.of(new Layer.Relu()),
            List.of(new Layer.Dropout(0.1), new Layer.Dense(4), new Layer.Relu()),
            List.of(new Layer.Dense(4), new Layer.Dropout(0.1), new Layer.Relu()))) {
      FeedForward net = new FeedForward(INPUTS, hidden, 1);
      assertThat(DenseGradients.of(net, objective, List.of())).as("%s", hidden).isEmpty();
    }
  }

  private static void same(Objective objective, List<Layer> hidden) {
    Task task = objective.task();
    FeedForward net = new FeedForward(INPUTS, hidden, objective.outputs());
    SplittableRandom random = new SplittableRandom(11);
    try (NDManager manager = NDManager.newBaseManager()) {
      List<NDArray> ours = new ArrayList<>();
      List<NDArray> engines = new ArrayList<>();
      for (Shape shape : net.shapes()) {
        // no parameter is zero: a slope of zero would hide a mistake behind it
        float[] values = normal(random, (int) shape.size());
        ours.add(manager.create(values, shape));
        engines.add(manager.create(values, shape));
      }
      float[] labels = normal(random, ROWS);
      for (int i = 0; i < ROWS && task != Task.REGRESSION; i++) {
        labels[i] = i % (task == Task.BINARY ? 2 : 3);
      }
      NDArray x = manager.create(normal(random, ROWS * INPUTS), new Shape(ROWS, INPUTS));
      NDArray y = manager.create(labels, new Shape(ROWS, 1));
      Gradients dense = DenseGradients.of(net, objective, ours).orElseThrow();
      Gradients engine = new EngineGradients(net, objective, engines);
      // twice: nothing is carried from one batch to the next
      for (int turn = 0; turn < 2; turn++) {
        Engine.getInstance().setRandomSeed(3);
        try (Gradients.Batch expected = engine.of(x, y)) {
          Engine.getInstance().setRandomSeed(3);
          try (Gradients.Batch batch = dense.of(x, y);
              NDArray loss = batch.loss();
              NDArray expectedLoss = expected.loss()) {
            near(loss, expectedLoss, task + " loss of " + hidden);
            for (int p = 0; p < ours.size(); p++) {
              near(
                  batch.slopes().get(p),
                  expected.slopes().get(p),
                  task + " parameter " + p + " of " + hidden);
            }
          }
        }
      }
    }
  }

  private static void near(NDArray ours, NDArray engines, String what) {
    assertThat(ours.getShape()).as(what).isEqualTo(engines.getShape());
    float[] one = ours.toFloatArray();
    float[] two = engines.toFloatArray();
    float largest = 0;
    for (float value : two) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).as(what).isPositive();
    for (int i = 0; i < one.length; i++) {
      // float32 sums of some dozens of terms, added in another order
      assertThat(Math.abs(one[i] - two[i]))
          .as(what)
          .isLessThanOrEqualTo(1e-6f * Math.max(1, largest));
    }
  }

  private static float[] normal(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
