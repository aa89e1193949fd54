package io.millrace.inference.runtime;

import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.onnx.OnnxFile;
import io.millrace.inference.onnx.OnnxInvalid;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A graph in plain Java: row after row through a list of steps over float arrays. The numbers of a
 * run lie in arrays that are kept for the next one, so a row allocates nothing. Sums have a fixed
 * order and nothing is fused: equal bits on every machine.
 */
final class JavaGraph implements Graph {
  /** Rows that are encoded at once: a column's encoding is looked up once for all of them. */
  private static final int BLOCK = 16;

  /** Numbers that are kept for later runs; more runs at once make theirs anew. */
  private static final int KEPT = 64;

  private final List<Step> steps;
  private final int[] widths;
  private final int result;
  private final int widest;
  private final AtomicReferenceArray<Room> rooms = new AtomicReferenceArray<>(KEPT);
  private volatile boolean closed;

  /** Where a run's numbers are. */
  private static final class Room {
    final float[][] values;
    final int[] index;
    final float[] block;

    Room(int[] widths, int widest) {
      values = new float[widths.length][];
      for (int i = 0; i < widths.length; i++) {
        values[i] = new float[widths[i]];
      }
      index = new int[widest];
      block = new float[Math.multiplyExact(BLOCK, widths[0])];
    }
  }

  JavaGraph(List<Step> steps, int[] widths, int result) {
    this.steps = List.copyOf(steps);
    this.widths = widths;
    this.result = result;
    int most = 1;
    for (int width : widths) {
      most = Math.max(most, width);
    }
    widest = most;
  }

  /**
   * Reads a graph.
   *
   * @param mostCost multiply-adds that a row may cost
   * @throws OnnxInvalid when it is none, has an operator that is not known here, does not fit the
   *     manifest, or costs more
   */
  static JavaGraph open(byte[] bytes, ModelManifest manifest, long mostCost) {
    try {
      return new GraphCompiler(OnnxFile.read(bytes), manifest, mostCost).compile();
    } catch (ArithmeticException | IndexOutOfBoundsException e) {
      throw new OnnxInvalid("graph: " + e.getMessage() + " (expected: one that is whole)");
    }
  }

  @Override
  public RuntimeKind kind() {
    return RuntimeKind.JAVA;
  }

  @Override
  public int outputs() {
    return widths[result];
  }

  @Override
  public float[] run(int rows, Encoding encoding) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    int width = widths[0];
    int outputs = widths[result];
    float[] scores = new float[Math.multiplyExact(rows, outputs)];
    int place = (int) (Thread.currentThread().threadId() % KEPT);
    Room kept = rooms.getAndSet(place, null);
    Room room = kept == null ? new Room(widths, widest) : kept;
    if (rows == 1) {
      encoding.encode(0, 1, room.values[0]);
      row(room, scores, 0);
    } else {
      for (int from = 0; from < rows; from += BLOCK) {
        int count = Math.min(BLOCK, rows - from);
        encoding.encode(from, count, room.block);
        for (int i = 0; i < count; i++) {
          System.arraycopy(room.block, i * width, room.values[0], 0, width);
          row(room, scores, (from + i) * outputs);
        }
      }
    }
    rooms.set(place, room);
    return scores;
  }

  private void row(Room room, float[] scores, int at) {
    for (Step step : steps) {
      step.run(room.values, room.index);
    }
    System.arraycopy(room.values[result], 0, scores, at, widths[result]);
  }

  @Override
  public void close() {
    closed = true; // runs under way need nothing that could be freed
  }
}
