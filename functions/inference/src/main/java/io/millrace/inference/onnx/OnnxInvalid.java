package io.millrace.inference.onnx;

/** Bytes that are no ONNX file, or one that says what this reader does not know. */
public final class OnnxInvalid extends RuntimeException {
  private static final long serialVersionUID = 1;

  public OnnxInvalid(String message) {
    super(message);
  }
}
