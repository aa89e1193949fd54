package io.millrace.inference.log;

/** Where the parts of the prediction log go. */
public interface LogSink {
  /**
   * Stores an object, whole or not at all. May be called again with the same key and bytes after a
   * failure.
   *
   * @param key {@code predictions/<model>/<version>/dt=YYYY-MM-DD/hr=HH/<server>-<seq>.jsonl.gz} or
   *     the same with {@code .profile.json}; {@code shadow/…} for what mirrored requests were
   *     answered, which nobody saw
   * @throws RuntimeException when it could not be stored; it is tried again later
   */
  void write(String key, byte[] content);
}
