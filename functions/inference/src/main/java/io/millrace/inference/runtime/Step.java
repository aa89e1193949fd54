package io.millrace.inference.runtime;

/**
 * One operator over one row. Values lie in numbered arrays, number 0 is the row of inputs; a step
 * reads some and writes one whole. Immutable, so that threads share it; allocates nothing.
 */
interface Step {
  /**
   * @param values an array per value, each as long as its width
   * @param index room for as many numbers as the widest value has
   */
  void run(float[][] values, int[] index);

  /** Multiply-adds that a row costs, or what takes as long. */
  long cost();
}
