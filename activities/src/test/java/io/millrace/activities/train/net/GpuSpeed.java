package io.millrace.activities.train.net;

import ai.djl.Device;
import io.millrace.activities.train.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints how many rows a second a machine trains on its GPU and on its processors, medians of three
 * epochs after a first one, and their ratio: {@code images 32-64-128 batch 256 gpu 1 rows/s cpu 1
 * rows/s ratio 1.00}. Of nets that a thread trains in seconds with {@code small}, else of all.
 */
public final class GpuSpeed {
  private GpuSpeed() {}

  /** The processors' threads are the engine's, {@code -Dai.djl.pytorch.num_threads}. */
  public static void main(String[] args) {
    Rows numbers = DrawnRows.numbers(65_536, 1);
    Rows images = DrawnRows.images(8_192, 1);
    both("dense 64-32", DrawnRows.dense(true, 64, 32), numbers, 256);
    both("dense 64-32", DrawnRows.dense(true, 64, 32), numbers, 4096);
    both("images 16-32-128", DrawnRows.convolutions(true, 16, 32, 128), images, 256);
    if (args.length == 0) {
      both("dense 1024-1024", DrawnRows.dense(true, 1024, 1024), numbers, 256);
      both("dense 1024-1024", DrawnRows.dense(true, 1024, 1024), numbers, 4096);
      both("images 64-128-256", DrawnRows.convolutions(true, 64, 128, 256), images, 256);
    }
  }

  private static void both(String name, FeedForward net, Rows rows, int batch) {
    double gpu = rate(net, rows, batch, NetDevice.here());
    double cpu = rate(net, rows, batch, Device.cpu());
    System.out.printf(
        Locale.ROOT,
        "%s batch %d gpu %.0f rows/s cpu %.0f rows/s ratio %.2f%n",
        name,
        batch,
        gpu,
        cpu,
        gpu / cpu);
  }

  private static double rate(FeedForward net, Rows rows, int batch, Device device) {
    Objective objective = DrawnRows.objective(net, rows);
    Rows few = rows.width() == 30 ? DrawnRows.numbers(100, 2) : DrawnRows.images(100, 2);
    List<Long> ends = new ArrayList<>();
    KeptStates watch = new KeptStates(null, scores -> ends.add(System.nanoTime()) ? 0 : 1);
    TrainingLoop.Settings settings = new TrainingLoop.Settings(7, 0.001, 0.01, batch, 4, 4, 4);
    new TrainingLoop(net, objective, settings, rows, few, watch, device)
        .run(TrainingState.initial(net, 7));
    long[] epochs = new long[3];
    Arrays.setAll(epochs, i -> ends.get(i + 1) - ends.get(i));
    Arrays.sort(epochs);
    return rows.rows() * 1e9 / epochs[1];
  }
}
