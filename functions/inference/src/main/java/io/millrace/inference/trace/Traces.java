package io.millrace.inference.trace;

import org.jspecify.annotations.Nullable;

/** Where spans of requests go. Thread-safe. */
public interface Traces extends AutoCloseable {
  /** Nowhere, at no cost. */
  Traces OFF = (name, parent) -> Span.NONE;

  /**
   * Starts the span of a request.
   *
   * @param name method and route, such as {@code POST /invocations}
   * @param traceparent the caller's W3C trace context; null, or one that cannot be read, starts a
   *     trace
   */
  Span start(String name, @Nullable String traceparent);

  /** Sends what is left. */
  @Override
  default void close() {}

  /** One request. Ended once. */
  interface Span {
    /** Of no trace. */
    Span NONE =
        new Span() {
          @Override
          public void set(String key, String value) {}

          @Override
          public void set(String key, long value) {}

          @Override
          public void end(int status) {}
        };

    void set(String key, String value);

    void set(String key, long value);

    /**
     * @param status HTTP status; 500 and above is a failure
     */
    void end(int status);
  }
}
