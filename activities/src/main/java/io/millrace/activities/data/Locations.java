package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where sources lie. */
final class Locations {
  private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*");

  private Locations() {}

  /**
   * The location made absolute: a relative path belongs to the folder of the spec, which may itself
   * be a path or a URL.
   */
  static String resolve(String location, @Nullable String specLocation) {
    if (location.isBlank()) {
      throw unreadable(location, "a location");
    }
    if (SCHEME.matcher(location).matches()
        || specLocation == null
        || specLocation.isBlank()
        || location.startsWith("/")) {
      return location;
    }
    if (SCHEME.matcher(specLocation).matches() && !specLocation.startsWith("file:")) {
      return specLocation.substring(0, specLocation.lastIndexOf('/') + 1) + location;
    }
    Path spec = path(specLocation);
    Path folder = Files.isDirectory(spec) ? spec : spec.toAbsolutePath().getParent();
    return folder == null ? location : folder.resolve(location).normalize().toString();
  }

  /** A path or {@code file:} URI as a path. */
  static Path path(String location) {
    try {
      if (location.regionMatches(true, 0, "file:", 0, 5)) {
        String rest = location.substring(5);
        return rest.startsWith("/") ? Path.of(URI.create("file:" + rest)) : Path.of(rest);
      }
      return Path.of(location).toAbsolutePath();
    } catch (IllegalArgumentException e) {
      throw unreadable(location, "a path");
    }
  }

  /** Without user, query and fragment: those may carry credentials. */
  static String shown(String location) {
    int scheme = location.indexOf("://");
    if (scheme < 0) {
      return location;
    }
    String rest = location.substring(scheme + 3).replaceFirst("[?#].*", "");
    int slash = rest.indexOf('/');
    String host = slash < 0 ? rest : rest.substring(0, slash);
    String path = slash < 0 ? "" : rest.substring(slash);
    return location.substring(0, scheme + 3) + host.substring(host.lastIndexOf('@') + 1) + path;
  }

  /** Whether the location names files by a pattern. */
  static boolean pattern(String location) {
    return location.indexOf('*') >= 0 || location.indexOf('?') >= 0;
  }

  /** What of a pattern is no pattern: up to the last slash before its first sign. */
  static String base(String pattern) {
    int star = pattern.indexOf('*');
    int mark = pattern.indexOf('?');
    int first = star < 0 ? mark : mark < 0 ? star : Math.min(star, mark);
    return pattern.substring(0, pattern.lastIndexOf('/', first) + 1);
  }

  /**
   * The rest of a pattern below its {@link #base}: {@code *} is any name or part of one, {@code **}
   * any number of folders, {@code ?} one character.
   */
  static Pattern below(String pattern) {
    String rest = pattern.substring(base(pattern).length());
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (rest.startsWith("**/", i)) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (rest.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString());
  }

  /** Whether a file of a folder belongs to the format. */
  static boolean fits(String name, String format) {
    String lower = name.toLowerCase(Locale.ROOT);
    List<String> endings =
        switch (format) {
          case "csv" -> List.of(".csv", ".csv.gz");
          case "parquet" -> List.of(".parquet");
          case "avro" -> List.of(".avro");
          case "images" -> List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp");
          default -> List.of(".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz");
        };
    return endings.stream().anyMatch(lower::endsWith);
  }

  private static RuntimeException unreadable(String location, String expected) {
    return Failures.of(
        FailureType.DATA_UNREADABLE, "source: " + location + " (expected: " + expected + ")");
  }
}
