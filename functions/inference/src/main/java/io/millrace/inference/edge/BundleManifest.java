package io.millrace.inference.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * {@code manifest.json} of a bundle: what it serves and every file in it. The bytes are signed, so
 * a file that is not listed, or is listed with another digest, is found.
 *
 * @param format 1
 * @param digest of the model's package
 * @param platform {@code linux-x64} and the like: its Java runtime is native
 * @param runtime {@code java} or {@code onnx}
 * @param files without the manifest, its signature and the key, by path
 */
public record BundleManifest(
    int format,
    String model,
    int version,
    String digest,
    String platform,
    String runtime,
    List<Entry> files) {
  /** The manifest's name. */
  public static final String NAME = "manifest.json";

  /** Base64 of the Ed25519 signature over the manifest's bytes. */
  public static final String SIGNATURE = "manifest.sig";

  /** The public key, PEM: for checking who signed, not for trusting them. */
  public static final String KEY = "key.pub";

  /** Where the package is. */
  public static final String PACKAGE = "model";

  private static final int MOST_FILES = 10_000;
  private static final Pattern PATH =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*){0,15}");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public BundleManifest {
    files = files == null ? List.of() : List.copyOf(files);
  }

  /**
   * A file.
   *
   * @param path below the bundle's folder, with {@code /}; no part of it begins with a dot
   * @param executable whether anybody may run it
   */
  public record Entry(String path, long sizeBytes, String sha256, boolean executable) {}

  /** UTF-8 JSON; equal manifests give equal bytes. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // records of plain values
    }
  }

  /**
   * @throws BundleInvalid when the bytes are no manifest, or a path could leave the folder
   */
  public static BundleManifest fromJson(byte[] json) {
    BundleManifest manifest;
    try {
      manifest = JSON.readValue(json, BundleManifest.class);
    } catch (IOException e) {
      throw new BundleInvalid(NAME + ": cannot be read (expected: a bundle's manifest)", e);
    }
    List<String> problems = new ArrayList<>();
    expect(problems, manifest.format == 1, "format", manifest.format, "1");
    expect(problems, fits(MODEL, manifest.model), "model", manifest.model, "a plain name");
    expect(problems, manifest.version > 0, "version", manifest.version, ">= 1");
    int count = manifest.files.size();
    expect(problems, count <= MOST_FILES, "files", count, "at most " + MOST_FILES);
    Set<String> paths = new HashSet<>();
    for (Entry file : manifest.files) {
      boolean plain = fits(PATH, file.path) && paths.add(file.path);
      expect(problems, plain, "files.path", file.path, "a path below the bundle, once");
      expect(problems, fits(HEX, file.sha256), file.path + ".sha256", file.sha256, "64 hex digits");
      expect(problems, file.sizeBytes >= 0, file.path + ".sizeBytes", file.sizeBytes, ">= 0");
    }
    if (!problems.isEmpty()) {
      throw new BundleInvalid(NAME + ": " + String.join("; ", problems));
    }
    return manifest;
  }

  private static boolean fits(Pattern pattern, String text) {
    return text != null && pattern.matcher(text).matches();
  }

  private static void expect(
      List<String> problems, boolean holds, String field, Object value, String expected) {
    if (!holds && problems.size() < 20) {
      problems.add(field + ": " + value + " (expected: " + expected + ")");
    }
  }
}
