package io.millrace.inference.edge;

/** A bundle that is not what its signed manifest says; the message lists every problem. */
public final class BundleInvalid extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BundleInvalid(String message) {
    super(message);
  }

  public BundleInvalid(String message, Throwable cause) {
    super(message, cause);
  }
}
