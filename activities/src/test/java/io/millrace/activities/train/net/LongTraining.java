package io.millrace.activities.train.net;

import io.millrace.activities.train.Rows;
import io.millrace.workflows.spec.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Trains many epochs in a process of its own and prints after which of them how many kilobytes it
 * held: {@code epoch 200 rss 412345}. Argument: {@code dense}, or {@code engine} for a net that the
 * engine differentiates.
 */
public final class LongTraining {
  private static final int EPOCHS = 1000;

  private LongTraining() {}

  /** Also encodes each epoch's state, as for a checkpoint. */
  public static void main(String[] args) {
    int rows = 2048;
    SplittableRandom random = new SplittableRandom(1);
    float[] inputs = new float[rows * 8];
    double[] labels = new double[rows];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < rows; i++) {
      labels[i] = inputs[8 * i] * inputs[8 * i + 1] > 0 ? 1 : 0;
    }
    Rows data = Rows.of(8, inputs, labels);
    List<Layer> hidden =
        args[0].equals("dense")
            ? List.of(new Layer.Dense(16), new Layer.Relu(), new Layer.Dropout(0.1))
            : List.of(new Layer.Dense(16), new Layer.Dropout(0.1), new Layer.Relu());
    FeedForward net = new FeedForward(8, hidden, 1);
    TrainingLoop loop =
        new TrainingLoop(
            net,
            Objective.of(Task.BINARY, 2, labels),
            new TrainingLoop.Settings(7, 0.001, 0.01, 32, EPOCHS, EPOCHS, EPOCHS),
            data,
            data,
            new Scale());
    loop.run(TrainingState.initial(net, 7));
  }

  /** Weighs the process now and then. */
  private static final class Scale implements TrainingLoop.Watch {
    @Override
    public boolean moved(int epoch, int batch, int batches, int rows, double loss) {
      return batch == batches / 2;
    }

    @Override
    public void save(TrainingState state) {
      int epoch = state.cursor().epoch();
      if (state.encode().length > 0 && state.cursor().batch() == 0 && epoch % 200 == 0) {
        System.out.println("epoch " + epoch + " rss " + kilobytes());
      }
    }

    @Override
    public double measure(float[] scores) {
      return scores[0];
    }

    @Override
    public boolean better(double value, @Nullable Double best) {
      return best == null || value > best;
    }

    private static long kilobytes() {
      try {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow();
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
