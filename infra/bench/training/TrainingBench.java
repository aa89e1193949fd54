package io.millrace.activities.train.net;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.BenchCheckpoints;
import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.spec.Task;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Our side of the training bench: reads {@code batch epochs seed} lines, trains that much from the
 * start, writing checkpoints as a trial does, and answers {@code seconds S loss L checkpoints N}:
 * wall time to the last durable checkpoint and the best held-out loss. Arguments: the folder with
 * the data, the store. In the loop's package, since the loop is nobody else's.
 */
public final class TrainingBench {
  private static final int COLUMNS = 30;

  private TrainingBench() {}

  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    Rows train = table(data, "train");
    Rows held = table(data, "held");
    Objective objective = Objective.of(Task.BINARY, 2, train.labels());
    FeedForward net =
        new FeedForward(
            COLUMNS,
            List.of(new Layer.Dense(64), new Layer.Relu(), new Layer.Dense(32), new Layer.Relu()),
            1);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    int run = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.strip().split(" ");
      int epochs = Integer.parseInt(words[1]);
      TrainingLoop.Settings settings =
          new TrainingLoop.Settings(
              Long.parseLong(words[2]),
              0.001,
              0,
              Integer.parseInt(words[0]),
              epochs,
              epochs,
              epochs);
      try (BenchCheckpoints checkpoints = new BenchCheckpoints(Path.of(args[1]), run++)) {
        TrainingLoop loop =
            new TrainingLoop(net, objective, settings, train, held, new Keeper(checkpoints, held));
        long began = System.nanoTime();
        TrainingState end = loop.run(TrainingState.initial(net, settings.seed()));
        int written = checkpoints.finish();
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.println(
            "seconds "
                + seconds
                + " loss "
                + end.cursor().history().getLast()
                + " checkpoints "
                + written);
        System.out.flush();
      }
    }
  }

  /** What a trial does while its net trains. */
  private record Keeper(BenchCheckpoints checkpoints, Rows held) implements TrainingLoop.Watch {
    @Override
    public boolean moved(int epoch, int batch, int batches, int rows, double loss) {
      return checkpoints.due();
    }

    @Override
    public void save(TrainingState state) {
      TrainingState.Cursor cursor = state.cursor();
      checkpoints.save(
          new Checkpoint(
              cursor.step(), cursor.epoch(), cursor.batch(), cursor.bestStep(), state::encode),
          cursor.bestValue());
    }

    @Override
    public double measure(float[] scores) {
      return Metrics.LOG_LOSS.value(Task.BINARY, held.labels(), scores, 0.5);
    }

    @Override
    public boolean better(double value, Double best) {
      return best == null || value < best;
    }
  }

  /** Little-endian float32: {@code <name>-x.bin (rows, 30)}, {@code <name>-y.bin (rows)}. */
  private static Rows table(Path folder, String name) throws Exception {
    float[] inputs = floats(folder.resolve(name + "-x.bin"));
    float[] targets = floats(folder.resolve(name + "-y.bin"));
    double[] labels = new double[targets.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = targets[i];
    }
    return Rows.of(COLUMNS, inputs, labels);
  }

  private static float[] floats(Path file) throws Exception {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer bytes =
          channel
              .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
              .order(ByteOrder.LITTLE_ENDIAN);
      float[] values = new float[bytes.remaining() / Float.BYTES];
      bytes.asFloatBuffer().get(values);
      return values;
    }
  }
}
