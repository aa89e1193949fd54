package io.millrace.inference.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageInvalid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX graph in ONNX Runtime: {@code (N, width)} float32 in, {@code (N, outputs)} float32 out.
 * Thread-safe; every run borrows its buffers, so that a row costs no native allocation.
 *
 * <p>Every run has the same number of rows, {@link #BLOCK} of them in a batch and {@link #FEW} for
 * up to that many, and the rest is padding. Matrix kernels pick their code by the number of rows,
 * and a row's last bit must not depend on its company.
 */
final class OnnxRuntimeGraph implements Graph {
  static final int FEW = 2;
  static final int BLOCK = 64;

  private final OrtSession session;
  private final String input;
  private final String output;
  private final int width;
  private final int outputs;
  private final ConcurrentLinkedQueue<Buffers> few = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Buffers> blocks = new ConcurrentLinkedQueue<>();
  // a version is closed after its last request; the lock makes a late one fail instead of crash
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  /** Tensors over buffers that are written anew for each run. */
  private record Buffers(
      float[] heap,
      FloatBuffer in,
      FloatBuffer out,
      Map<String, OnnxTensor> inputs,
      Map<String, OnnxTensor> outputs) {
    void close() {
      inputs.values().forEach(OnnxTensor::close);
      outputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxRuntimeGraph(OrtSession session, ModelManifest manifest, int outputs) {
    this.session = session;
    this.input = manifest.graph().input();
    this.output = manifest.graph().output();
    this.width = manifest.width();
    this.outputs = outputs;
  }

  /**
   * @throws PackageInvalid when the bytes are no such graph
   */
  static OnnxRuntimeGraph open(byte[] bytes, ModelManifest manifest) {
    NativeLibrary.prepare();
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    OrtSession session = null;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // one thread per request: requests are the parallelism, and small nets lose by splitting
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment.createSession(bytes, options);
      int outputs = Graph.outputs(manifest);
      check("graph.input", session.getInputInfo(), manifest.graph().input(), manifest.width());
      if (session.getNumInputs() != 1) {
        throw new PackageInvalid("graph: " + session.getNumInputs() + " inputs (expected: 1)");
      }
      check("graph.output", session.getOutputInfo(), manifest.graph().output(), outputs);
      OnnxRuntimeGraph graph = new OnnxRuntimeGraph(session, manifest, outputs);
      graph.few.add(graph.buffers(FEW)); // the first request finds its buffers
      session = null;
      return graph;
    } catch (OrtException e) {
      throw new PackageInvalid("graph: cannot be opened: " + e.getMessage(), e);
    } finally {
      close(session);
    }
  }

  private static void check(String field, Map<String, NodeInfo> nodes, String name, int columns) {
    NodeInfo node = nodes.get(name);
    if (node == null) {
      throw new PackageInvalid(field + ": " + name + " (expected: one of " + nodes.keySet() + ")");
    }
    if (!(node.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || tensor.getShape().length != 2
        || tensor.getShape()[0] > 0
        || (tensor.getShape()[1] != columns && tensor.getShape()[1] > 0)) {
      throw new PackageInvalid(
          field + ": " + node.getInfo() + " (expected: (N, " + columns + ") float32)");
    }
  }

  private static void close(@Nullable OrtSession session) {
    if (session != null) {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException("the graph cannot be closed", e);
      }
    }
  }

  @Override
  public RuntimeKind kind() {
    return RuntimeKind.ONNX;
  }

  @Override
  public int outputs() {
    return outputs;
  }

  @Override
  public float[] run(int rows, Encoding encoding) {
    float[] scores = new float[Math.multiplyExact(rows, outputs)];
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      int size = rows <= FEW ? FEW : BLOCK;
      ConcurrentLinkedQueue<Buffers> pool = rows <= FEW ? few : blocks;
      Buffers buffers = pool.poll();
      if (buffers == null) {
        buffers = buffers(size);
      }
      for (int from = 0; from < rows; from += size) {
        int count = Math.min(size, rows - from);
        encoding.encode(from, count, buffers.heap());
        Arrays.fill(buffers.heap(), count * width, size * width, 0f);
        buffers.in().put(0, buffers.heap());
        session.run(buffers.inputs(), buffers.outputs()).close();
        buffers.out().get(0, scores, from * outputs, count * outputs);
      }
      pool.add(buffers); // not after a failure: the tensors' state is unknown then
      return scores;
    } catch (OrtException e) {
      throw new IllegalStateException("the graph failed: " + e.getMessage(), e);
    } finally {
      open.readLock().unlock();
    }
  }

  private Buffers buffers(int rows) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    FloatBuffer in = floats(Math.multiplyExact(rows, width));
    FloatBuffer out = floats(rows * outputs);
    return new Buffers(
        new float[rows * width],
        in,
        out,
        Map.of(input, OnnxTensor.createTensor(environment, in, new long[] {rows, width})),
        Map.of(output, OnnxTensor.createTensor(environment, out, new long[] {rows, outputs})));
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(count, 4))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Waits for runs under way. */
  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        few.forEach(Buffers::close);
        blocks.forEach(Buffers::close);
        close(session);
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}
