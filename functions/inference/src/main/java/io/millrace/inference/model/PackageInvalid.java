package io.millrace.inference.model;

/**
 * A package that cannot be served; the message names the field, its value and what was expected.
 */
public final class PackageInvalid extends RuntimeException {
  private static final long serialVersionUID = 1;

  public PackageInvalid(String message) {
    super(message);
  }

  public PackageInvalid(String message, Throwable cause) {
    super(message, cause);
  }
}
