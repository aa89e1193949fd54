package io.millrace.inference.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a package on disk. */
public final class PackageFiles {
  /** The manifest's name. */
  public static final String MANIFEST = "model.json";

  /** The graph's name. */
  public static final String GRAPH = "model.onnx";

  private PackageFiles() {}

  /**
   * The digest that addresses a package: hex sha256 over {@code "<name> <sha256>\n"} of every file,
   * by name.
   *
   * @throws PackageInvalid when the folder is not there, empty, or holds anything but plain files
   */
  public static String digest(Path dir) {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Path file : files(dir)) {
      hashes.put(file.getFileName().toString(), sha256(file));
    }
    return digest(hashes);
  }

  /**
   * The same of files that were hashed.
   *
   * @param hashes hex sha256 by name, in the order of {@link #files}
   */
  static String digest(Map<String, String> hashes) {
    StringBuilder listing = new StringBuilder();
    hashes.forEach((name, sha256) -> listing.append(name).append(' ').append(sha256).append('\n'));
    return sha256(listing.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Hex sha256 of bytes. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /** Its files, by name. */
  static List<Path> files(Path dir) {
    if (!Files.isDirectory(dir)) {
      throw new PackageInvalid("package: " + dir + " (expected: a folder)");
    }
    try (Stream<Path> entries = Files.list(dir)) {
      // by code units, as String compares: the same order on every machine and locale
      List<Path> files =
          entries
              .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
              .toList();
      for (Path file : files) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new PackageInvalid("package: " + file + " (expected: plain files only)");
        }
      }
      if (files.isEmpty()) {
        throw new PackageInvalid("package: " + dir + " is empty (expected: " + MANIFEST + ")");
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("package: " + dir + " cannot be read", e);
    }
  }

  private static String sha256(Path file) {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("package: " + file + " cannot be read", e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
