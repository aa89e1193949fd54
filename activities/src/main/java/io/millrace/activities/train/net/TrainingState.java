package io.millrace.activities.train.net;

import ai.djl.ndarray.types.Shape;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a trial needs to go on as if it had never stopped. Random numbers need no state of
 * their own: batch order and dropout follow from the seed, the epoch and the step.
 *
 * @param parameters by position, as {@link FeedForward#shapes}
 * @param means Adam's first moments
 * @param variances Adam's second moments
 * @param best the parameters of the best epoch; null before the first epoch's end
 */
record TrainingState(
    Cursor cursor,
    float[][] parameters,
    float[][] means,
    float[][] variances,
    float @Nullable [][] best) {
  private static final int MAGIC = 0x4d524331;

  /**
   * Where training stands.
   *
   * @param step updates done
   * @param epoch epochs finished
   * @param batch batches of the epoch under way that are done
   * @param lossSum over those batches, each loss times its rows
   * @param bestValue the objective's best value; null before the first epoch's end
   * @param bestEpoch 1, 2, …; 0 before the first epoch's end
   * @param bestStep updates done at the best epoch's end
   * @param history the objective after each finished epoch
   * @param losses mean training loss of each finished epoch
   */
  record Cursor(
      long step,
      int epoch,
      int batch,
      double lossSum,
      @Nullable Double bestValue,
      int bestEpoch,
      long bestStep,
      List<Double> history,
      List<Double> losses) {
    Cursor {
      history = List.copyOf(history);
      losses = List.copyOf(losses);
    }

    /** Epochs since the best one. */
    int stale() {
      return epoch - bestEpoch;
    }
  }

  /** Before the first step. */
  static TrainingState initial(FeedForward net, long seed) {
    return new TrainingState(
        new Cursor(0, 0, 0, 0, null, 0, 0, List.of(), List.of()),
        net.initial(seed),
        zeros(net.shapes()),
        zeros(net.shapes()),
        null);
  }

  /** Whether the arrays are those of such a net. */
  boolean fits(FeedForward net) {
    return fits(net, parameters)
        && fits(net, means)
        && fits(net, variances)
        && (best == null || fits(net, best));
  }

  /** A number that marks the format, the cursor as JSON with its length, then the arrays. */
  byte[] encode() {
    try {
      byte[] json = PayloadJson.mapper().writeValueAsBytes(cursor);
      float[][] bestOrNone = best == null ? new float[0][] : best;
      int size = Math.addExact(8, json.length);
      for (float[][] arrays : List.of(parameters, means, variances, bestOrNone)) {
        size = Math.addExact(size, sizeBytes(arrays));
      }
      ByteBuffer out = ByteBuffer.allocate(size);
      out.putInt(MAGIC).putInt(json.length).put(json);
      write(out, parameters);
      write(out, means);
      write(out, variances);
      write(out, bestOrNone);
      return out.array();
    } catch (IOException e) {
      throw new IllegalStateException("a cursor is plain numbers", e);
    }
  }

  /**
   * @throws IOException when the bytes are not what {@link #encode} wrote
   */
  static TrainingState decode(byte[] bytes) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.getInt() != MAGIC) {
        throw new IOException("checkpoint: unknown format (expected: " + MAGIC + ")");
      }
      byte[] json = new byte[in.getInt()];
      in.get(json);
      Cursor cursor = PayloadJson.mapper().readValue(json, Cursor.class);
      float[][] parameters = read(in);
      float[][] means = read(in);
      float[][] variances = read(in);
      float[][] best = read(in);
      return new TrainingState(
          cursor, parameters, means, variances, best.length == 0 ? null : best);
    } catch (RuntimeException e) {
      throw new IOException("checkpoint: unreadable (expected: a state of format 1)", e);
    }
  }

  private static int sizeBytes(float[][] arrays) {
    int size = 4;
    for (float[] array : arrays) {
      size = Math.addExact(size, Math.addExact(4, Math.multiplyExact(4, array.length)));
    }
    return size;
  }

  /** How many, then each with its length; big-endian. */
  private static void write(ByteBuffer out, float[][] arrays) {
    out.putInt(arrays.length);
    for (float[] array : arrays) {
      out.putInt(array.length);
      out.asFloatBuffer().put(array);
      out.position(out.position() + 4 * array.length);
    }
  }

  private static float[][] read(ByteBuffer in) {
    float[][] arrays = new float[in.getInt()][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = new float[in.getInt()];
      in.asFloatBuffer().get(arrays[i]);
      in.position(in.position() + 4 * arrays[i].length);
    }
    return arrays;
  }

  private static boolean fits(FeedForward net, float[][] arrays) {
    List<Shape> shapes = net.shapes();
    if (arrays.length != shapes.size()) {
      return false;
    }
    for (int p = 0; p < arrays.length; p++) {
      if (arrays[p].length != shapes.get(p).size()) {
        return false;
      }
    }
    return true;
  }

  private static float[][] zeros(List<Shape> shapes) {
    return shapes.stream()
        .map(shape -> new float[Math.toIntExact(shape.size())])
        .toArray(float[][]::new);
  }
}
