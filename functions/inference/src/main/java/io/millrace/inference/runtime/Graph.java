package io.millrace.inference.runtime;

import io.millrace.inference.model.ModelManifest;

/**
 * An opened scoring graph: {@code (N, width)} float32 in, {@code (N, outputs)} float32 out. A row's
 * scores are the same to the last bit alone and in any batch. Thread-safe.
 */
sealed interface Graph extends AutoCloseable permits JavaGraph, OnnxRuntimeGraph {
  /** Fills a block. */
  interface Encoding {
    /** Writes rows {@code from .. from + rows} of the request to {@code out}, row-major. */
    void encode(int from, int rows, float[] out);
  }

  RuntimeKind kind();

  int outputs();

  /**
   * Scores rows.
   *
   * @return {@code (rows, outputs)} row-major
   * @throws IllegalStateException when it is closed, or the graph failed
   */
  float[] run(int rows, Encoding encoding);

  /** Waits for runs under way; a second time does nothing. */
  @Override
  void close();

  /** Columns of scores that a manifest promises. */
  static int outputs(ModelManifest manifest) {
    return manifest.task().equals("binary") ? 1 : Math.max(1, manifest.output().classes().size());
  }
}
