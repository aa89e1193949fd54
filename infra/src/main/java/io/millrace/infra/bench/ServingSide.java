package io.millrace.infra.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A server of the race. @param pid of its first process; workers are its descendants */
record ServingSide(String name, long pid, URI url) {
  /** {@code NAME=PID=URL}. */
  static ServingSide of(String text) {
    String[] parts = text.split("=", 3);
    return new ServingSide(parts[0], Long.parseLong(parts[1]), URI.create(parts[2]));
  }

  /** Resident memory of all its processes, MB (2^20 bytes). */
  double residentMegabytes() {
    ProcessHandle root =
        ProcessHandle.of(pid)
            .orElseThrow(() -> new IllegalStateException(name + ": process " + pid + " is gone"));
    return Stream.concat(Stream.of(root), root.descendants())
            .mapToLong(process -> resident(process.pid()))
            .sum()
        / 1_024.0;
  }

  /** Kilobytes; 0 of a process that has just ended. */
  private static long resident(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return 0;
    } catch (java.nio.file.NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
