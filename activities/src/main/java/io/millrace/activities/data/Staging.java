package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.SourceSpec;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Brings a source's bytes to the local disk and unpacks gzip, known by its first two bytes; files
 * that lie there already are linked to. A location that ends in {@code /} (or is a folder) is every
 * file of the format under it, by name.
 *
 * <p>{@code DATA_UNREADABLE}: no such file, HTTP 4xx, unknown scheme, an empty file, a gzip that
 * ends early. {@code SOURCE_UNAVAILABLE}: no answer, HTTP 5xx, a connection that breaks.
 */
final class Staging {
  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+):.*");
  private final Path folder;
  private final HttpSource http;
  private final Supplier<S3Client> s3;
  private final List<Original> originals = new ArrayList<>();

  /**
   * @param folder an own, empty folder
   */
  Staging(Path folder, HttpSource http, Supplier<S3Client> s3) {
    this.folder = folder;
    this.http = http;
    this.s3 = s3;
  }

  /**
   * One file as it came.
   *
   * @param name below the location, with {@code /} between folders
   * @param modified null when the source gives no time
   */
  record Fetched(Path file, String name, @Nullable Instant modified, @Nullable String etag) {
    Fetched(Path file, String name, @Nullable Instant modified) {
      this(file, name, modified, null);
    }
  }

  /**
   * @param known the ETag of what is there already; null for none
   * @return null when a server says that its file is still that one: nothing is downloaded
   */
  @Nullable StagedSource stage(
      SourceSpec source, @Nullable String specLocation, @Nullable String known) {
    String location = Locations.resolve(source.location(), specLocation);
    String shown = Locations.shown(location);
    try {
      Files.createDirectories(folder);
      // what grows while it is read is read as far as it was
      boolean link = source.incremental() == null;
      List<Fetched> fetched = fetch(location, shown, source.format(), known, link);
      if (fetched.isEmpty()) {
        return null;
      }
      List<Path> files = new ArrayList<>();
      List<String> names = new ArrayList<>();
      Instant modified = null;
      for (Fetched one : fetched) {
        if (one.modified() != null && (modified == null || one.modified().isAfter(modified))) {
          modified = one.modified();
        }
        files.add(unpack(one.file(), shown));
        names.add(one.name());
      }
      return new StagedSource(shown, files, names, modified, fetched.getFirst().etag());
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "scratch: " + folder + " (expected: writable): " + e);
    }
  }

  private List<Fetched> fetch(
      String location, String shown, String format, @Nullable String known, boolean link)
      throws IOException {
    Matcher matcher = SCHEME.matcher(location);
    String scheme = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "file";
    return switch (scheme) {
      case "file" -> local(location, format, link);
      case "http", "https" ->
          http.fetch(location, shown, folder.resolve("source-0"), known).stream().toList();
      case "s3" -> new S3Source(s3).fetch(location, format, folder);
      default ->
          throw Failures.of(
              FailureType.DATA_UNREADABLE,
              "source: " + shown + " (expected: a path, file:, s3:// or http(s)://)");
    };
  }

  private List<Fetched> local(String location, String format, boolean link) throws IOException {
    boolean pattern = Locations.pattern(location);
    Path path = Locations.path(pattern ? Locations.base(location) : location);
    List<Path> files;
    if (pattern) {
      files = matching(path, Locations.below(location));
    } else if (Files.isDirectory(path)) {
      try (Stream<Path> walk = Files.walk(path)) {
        files =
            walk.filter(p -> Files.isRegularFile(p) && Locations.fits(p.toString(), format))
                .sorted()
                .toList();
      }
      if (files.isEmpty()) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE, "source: " + path + " (expected: " + format + " files)");
      }
    } else {
      files = List.of(path);
    }
    List<Fetched> fetched = new ArrayList<>();
    for (Path file : files) {
      Path target = folder.resolve("source-" + fetched.size());
      try {
        if (link) {
          originals.add(Original.link(file, target));
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
        fetched.add(
            new Fetched(target, below(path, file), Files.getLastModifiedTime(file).toInstant()));
      } catch (NoSuchFileException e) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE, e, "source: " + file + " (expected: an existing file)");
      } catch (IOException e) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE, e, "source: " + file + " (expected: a readable file)");
      }
    }
    return fetched;
  }

  private static List<Path> matching(Path base, Pattern below) throws IOException {
    if (Files.isDirectory(base)) {
      try (Stream<Path> walk = Files.walk(base)) {
        List<Path> files =
            walk.filter(p -> Files.isRegularFile(p) && below.matcher(below(base, p)).matches())
                .sorted()
                .toList();
        if (!files.isEmpty()) {
          return files;
        }
      }
    }
    throw Failures.of(
        FailureType.DATA_UNREADABLE,
        "source: nothing in " + base + " fits the pattern (expected: at least one file)");
  }

  private static String below(Path location, Path file) {
    return location.equals(file)
        ? String.valueOf(file.getFileName())
        : location.relativize(file).toString().replace('\\', '/');
  }

  /**
   * The bytes of a file that a table names, by its path from the folder the table lies in, which it
   * must not leave.
   *
   * @param most bytes it may have
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} for a path that leads
   *     elsewhere, a file that is not there or has more bytes
   */
  byte[] beside(SourceSpec source, @Nullable String specLocation, String relative, long most)
      throws IOException {
    if (relative.startsWith("/")
        || relative.contains("\\")
        || SCHEME.matcher(relative).matches()
        || List.of(relative.split("/")).contains("..")) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE,
          "path: " + relative + " (expected: one that stays below the table's folder)");
    }
    String location = Locations.resolve(source.location(), specLocation);
    Path own = Files.createDirectories(folder.resolve("beside"));
    Matcher matcher = SCHEME.matcher(location);
    boolean local = !matcher.matches() || location.regionMatches(true, 0, "file:", 0, 5);
    if (local && Files.isDirectory(Locations.path(location)) && !location.endsWith("/")) {
      location += "/";
    }
    String wanted = location.substring(0, location.lastIndexOf('/') + 1) + relative;
    Path file =
        local
            ? Locations.path(wanted)
            : location.regionMatches(true, 0, "s3:", 0, 3)
                ? new S3Source(s3).fetch(wanted, "images", own).getFirst().file()
                : http.fetch(wanted, Locations.shown(wanted), own.resolve("source-0"), null)
                    .orElseThrow()
                    .file();
    try {
      if (Files.size(file) > most) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "%s: %d bytes (expected: at most %d)".formatted(relative, Files.size(file), most));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE, e, "path: " + relative + " (expected: an existing file)");
    }
  }

  /**
   * Files that were read where they lie must be as they were when that began.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code SOURCE_UNAVAILABLE} when one is not
   */
  void unchanged() {
    for (Original original : originals) {
      if (!original.unchanged()) {
        throw Failures.of(
            FailureType.SOURCE_UNAVAILABLE,
            "source: %s changed while it was read (expected: to stay as it is; files that grow are"
                    .formatted(original.file())
                + " read with data.source.incremental)");
      }
    }
  }

  private static Path unpack(Path file, String shown) throws IOException {
    if (Files.size(file) == 0) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE, "source: " + shown + " has 0 bytes (expected: rows)");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      in.mark(2);
      if (in.read() != 0x1f || in.read() != 0x8b) {
        return file;
      }
      in.reset();
      Path plain = file.resolveSibling(file.getFileName() + "-plain");
      // the stream checks the checksum and the length at the end of each member
      try (InputStream unpacked = new GZIPInputStream(in, 1 << 16)) {
        Files.copy(unpacked, plain, StandardCopyOption.REPLACE_EXISTING);
      } catch (EOFException | ZipException e) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            e,
            "source: "
                + shown
                + " is a gzip that ends early or is damaged (expected: a whole one)");
      }
      if (Files.size(plain) == 0) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: " + shown + " has 0 bytes unpacked (expected: rows)");
      }
      Files.delete(file);
      return plain;
    }
  }
}
