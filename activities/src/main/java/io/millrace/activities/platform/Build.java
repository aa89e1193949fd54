package io.millrace.activities.platform;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What this code was built from, by the build's own properties.
 *
 * @param version of Millrace
 * @param commit the source's, as the build was told by {@code -Dmillrace.commit}; {@code unknown}
 *     when it was not
 * @param engines versions by name: {@code djl}, {@code pytorch}, {@code onnxruntime}, {@code
 *     duckdb}, {@code temporal}
 */
public record Build(String version, String commit, Map<String, String> engines) {
  private static final String FILE = "build.properties";

  public Build {
    engines = Map.copyOf(engines);
  }

  /** Of the code that runs. */
  public static Build current() {
    Properties properties = new Properties();
    try (InputStream in = Build.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not in the jar");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> engines = new TreeMap<>();
    properties.forEach((name, value) -> engines.put(String.valueOf(name), String.valueOf(value)));
    String version = String.valueOf(engines.remove("version"));
    String commit = String.valueOf(engines.remove("commit"));
    return new Build(version, commit, engines);
  }
}
