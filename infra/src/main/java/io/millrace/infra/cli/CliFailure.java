package io.millrace.infra.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a code and one clear paragraph. */
public final class CliFailure extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int code;

  public CliFailure(int code, String message) {
    this(code, message, null);
  }

  public CliFailure(int code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public int code() {
    return code;
  }

  static CliFailure bad(String message) {
    return new CliFailure(ExitCode.BAD_INPUT, message);
  }
}
