package io.millrace.activities.compute;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process by pid and start, so that a pid that was given away again is not taken for it.
 *
 * @param startedMillis since the epoch, as the process table has it
 */
public record LocalProcess(long pid, long startedMillis) {
  /** The table's own grain is 10 ms, and the boot time it counts from is kept to a second. */
  private static final long SAME_START_MILLIS = 2_000;

  /** Gives the child a session of its own, so that Ctrl-C at a terminal does not reach it. */
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  /**
   * Starts a command that outlives this process: own session, no input, output appended to the log.
   *
   * @param environment added to what this process has
   * @param log its folder is made when missing
   */
  public static Process start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    Files.createDirectories(log.toAbsolutePath().getParent());
    List<String> full = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      // execs in place: a child of posix_spawn leads no group yet, so the pid stays the child's
      full.add(SETSID.toString());
    }
    full.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(full);
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return builder.start();
  }

  /** {@code pid@start}. */
  public String id() {
    return pid + "@" + startedMillis;
  }

  /**
   * @throws IllegalArgumentException when the id is not {@code pid@start}
   */
  public static LocalProcess of(String id) {
    String[] parts = id.split("@", -1);
    try {
      if (parts.length == 2) {
        return new LocalProcess(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("id: " + id + " (expected: pid@start)");
  }

  public static LocalProcess of(ProcessHandle handle) {
    return new LocalProcess(handle.pid(), started(handle));
  }

  /** The process; empty when it is gone. */
  public Optional<ProcessHandle> running() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> Math.abs(started(handle) - startedMillis) <= SAME_START_MILLIS)
        .filter(handle -> !zombie(pid));
  }

  /** Its arguments; empty when they cannot be read. */
  static List<String> arguments(ProcessHandle handle) {
    try {
      // the handle itself knows none that are longer than a page, and a class path is
      String line = Files.readString(Path.of("/proc/" + handle.pid() + "/cmdline"));
      return Arrays.asList(line.split("\0", -1));
    } catch (IOException | RuntimeException e) {
      return Arrays.asList(handle.info().arguments().orElse(new String[0]));
    }
  }

  /**
   * A process that ended stays in the table until its parent asks. In a container nobody may, once
   * the worker that started it is gone.
   */
  private static boolean zombie(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // pid (name) state …: the name may hold spaces and brackets
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X';
    } catch (IOException | RuntimeException e) {
      // no such file system here: the handle's word counts
      return false;
    }
  }

  private static long started(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
