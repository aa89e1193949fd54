package io.millrace.workflows.pipeline;

import io.millrace.workflows.ref.Checks;

/**
 * @param cause {@code manual}, {@code drift}, {@code quality}, {@code event}, {@code
 *     schedule} @param detail for a person
 */
public record Trigger(String cause, String detail) {
  public Trigger {
    Checks.present("cause", cause);
  }

  public static Trigger manual() {
    return new Trigger("manual", "started by hand");
  }
}
