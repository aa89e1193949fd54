package io.millrace.inference.runtime;

import java.util.Locale;
import java.util.Map;

/** Which runtime opens a package. */
public enum RuntimeChoice {
  /**
   * {@link RuntimeKind#JAVA} for graphs that it knows whole and that cost a row at most {@link
   * ModelRuntime#JAVA_COST} multiply-adds, {@link RuntimeKind#ONNX} for the others. Decided once,
   * at the opening, and never by the size of a request: a row's score must not depend on its
   * company.
   */
  AUTO,

  /** Plain Java; a package that it cannot run is refused. */
  JAVA,

  /** ONNX Runtime. */
  ONNX;

  /** The setting's name. */
  public static final String SETTING = "MILLRACE_RUNTIME";

  /** The choice of just this one. */
  public static RuntimeChoice of(RuntimeKind kind) {
    return kind == RuntimeKind.JAVA ? JAVA : ONNX;
  }

  /**
   * What {@value #SETTING} says in this process; {@link #AUTO} when it is not set.
   *
   * @throws IllegalArgumentException when the value is none of the words
   */
  public static RuntimeChoice ofProcess() {
    return from(System.getenv());
  }

  /**
   * @param environment looked at for {@value #SETTING} only
   * @throws IllegalArgumentException when the value is none of the words
   */
  public static RuntimeChoice from(Map<String, String> environment) {
    String word = environment.getOrDefault(SETTING, "auto");
    for (RuntimeChoice choice : values()) {
      if (choice.name().toLowerCase(Locale.ROOT).equals(word)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(SETTING + ": " + word + " (expected: auto, java or onnx)");
  }
}
