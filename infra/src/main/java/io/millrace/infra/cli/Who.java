package io.millrace.infra.cli;

/** Whose decision it is when the command does not say. */
final class Who {
  private Who() {}

  static String user() {
    String name = System.getProperty("user.name");
    return name == null || name.isBlank() ? "somebody" : name;
  }
}
