package io.millrace.inference.runtime;

/** What runs a package's graph. */
public enum RuntimeKind {
  /** Plain Java arrays: no native library, equal bits on every machine. */
  JAVA("java", "millrace_java"),

  /** ONNX Runtime. */
  ONNX("onnx", "onnxruntime_onnx");

  private final String word;
  private final String platform;

  RuntimeKind(String word, String platform) {
    this.word = word;
    this.platform = platform;
  }

  /** As settings, metrics and reports write it. */
  public String word() {
    return word;
  }

  /** As a model's metadata write it (Open Inference Protocol, {@code platform}). */
  public String platform() {
    return platform;
  }
}
