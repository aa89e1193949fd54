package io.millrace.events.event;

/**
 * An event that nobody can act on; it stays so however often it comes. The message reads {@code
 * key: a.txt (expected: .csv or .jsonl)}: name, value, what was wanted.
 */
public final class EventInvalid extends RuntimeException {
  private static final long serialVersionUID = 1;

  public EventInvalid(String message) {
    super(message);
  }
}
