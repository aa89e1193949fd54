package io.millrace.inference.protocol;

/** A body that cannot be read as the protocol says; the message says where. */
public final class RequestMalformed extends RuntimeException {
  private static final long serialVersionUID = 1;

  public RequestMalformed(String message) {
    super(message, null, false, false); // expected often: no stack trace
  }
}
