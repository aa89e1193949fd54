package io.millrace.activities.compute;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a process of ours is started: a JVM with our class path that outlives its parent.
 *
 * @param java the {@code java} program
 * @param classPath as for {@code -cp}; handed over in the environment
 * @param jvmFlags such as {@code -Xmx1g}
 * @param environment added to what this process has; never printed
 * @param logs folder of log files; created when missing
 */
public record JavaLaunch(
    Path java,
    String classPath,
    List<String> jvmFlags,
    Map<String, String> environment,
    Path logs) {
  public JavaLaunch {
    jvmFlags = List.copyOf(jvmFlags);
    environment = Map.copyOf(environment);
  }

  /** The environment may hold credentials, so only its keys are shown. */
  @Override
  public String toString() {
    return "JavaLaunch[" + java + ", " + jvmFlags + ", " + environment.keySet() + "]";
  }

  /**
   * Starts {@code main} detached: own session, no input, output appended to {@code
   * <logs>/<name>.log}.
   *
   * @param name of the log file, without folder; other characters than letters, digits, {@code .-_}
   *     become {@code _}
   * @param moreFlags JVM flags after the record's own
   */
  public Process start(String main, List<String> arguments, List<String> moreFlags, String name)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(jvmFlags);
    command.addAll(moreFlags);
    command.add(main);
    command.addAll(arguments);
    // not -cp: ONNX Runtime 1.29 runs a recursive pattern over /proc/self/cmdline when it starts,
    // and a class path of 15 kB overflows its stack
    return LocalProcess.start(command, with(Map.of("CLASSPATH", classPath)).environment, log(name));
  }

  /** The same with more in the environment. */
  public JavaLaunch with(Map<String, String> more) {
    Map<String, String> merged = new HashMap<>(environment);
    merged.putAll(more);
    return new JavaLaunch(java, classPath, jvmFlags, merged, logs);
  }

  /** Where {@link #start} writes the output. */
  public Path log(String name) {
    return logs.resolve(name.replaceAll("[^A-Za-z0-9._-]", "_") + ".log");
  }
}
