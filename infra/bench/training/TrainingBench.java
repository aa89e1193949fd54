package io.millrace.activities.train.net;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.spec.Task;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Our side of the training bench: reads a batch size per line, trains one epoch with it, answers
 * its seconds. In the loop's package, since the loop is nobody else's.
 */
public final class TrainingBench {
  private static final int ROWS = 200_000;
  private static final int COLUMNS = 30;

  private TrainingBench() {}

  public static void main(String[] args) throws Exception {
    Rows train = table(ROWS, 1);
    Rows validation = table(1000, 2);
    Objective objective = Objective.of(Task.BINARY, 2, train.labels());
    FeedForward net =
        new FeedForward(
            COLUMNS,
            List.of(new Layer.Dense(64), new Layer.Relu(), new Layer.Dense(32), new Layer.Relu()),
            1);
    TrainingLoop.Watch nobody =
        new TrainingLoop.Watch() {
          @Override
          public boolean moved(int epoch, int batch, int batches, int rows, double loss) {
            return false;
          }

          @Override
          public void save(TrainingState state) {}

          @Override
          public double measure(float[] scores) {
            return Metrics.LOG_LOSS.value(Task.BINARY, validation.labels(), scores, 0.5);
          }

          @Override
          public boolean better(double value, Double best) {
            return best == null || value < best;
          }
        };
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      TrainingLoop.Settings settings =
          new TrainingLoop.Settings(7, 0.001, 0, Integer.parseInt(line.strip()), 1, 1);
      TrainingLoop loop = new TrainingLoop(net, objective, settings, train, validation, nobody);
      TrainingState start = TrainingState.initial(net, 7);
      long began = System.nanoTime();
      TrainingState end = loop.run(start);
      double seconds = (System.nanoTime() - began) / 1e9;
      System.out.println("seconds " + seconds + " " + end.cursor().losses().getLast());
      System.out.flush();
    }
  }

  /** Normal features; the label follows from a product and a sum of some, with noise. */
  private static Rows table(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[rows * COLUMNS];
    double[] labels = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        inputs[i * COLUMNS + j] = (float) random.nextGaussian();
      }
      double z = inputs[i * COLUMNS] * inputs[i * COLUMNS + 1] + inputs[i * COLUMNS + 2];
      labels[i] = z + 0.5 * random.nextGaussian() > 0 ? 1 : 0;
    }
    return Rows.of(COLUMNS, inputs, labels);
  }
}
