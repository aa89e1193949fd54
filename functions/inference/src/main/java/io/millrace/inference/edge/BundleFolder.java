package io.millrace.inference.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An unpacked bundle.
 *
 * @param dir holds {@code manifest.json}
 */
public record BundleFolder(Path dir) {
  /** The one folder that a bundle writes to; what is in it is not signed. */
  public static final String SPOOL = "spool";

  /**
   * Checks the signature and every file: each is there with its size and digest, and nothing else
   * is.
   *
   * @param trusted who must have signed; null takes the key that lies in the bundle, which finds
   *     damage but not a forger
   * @throws BundleInvalid with every problem, the first 20
   */
  public BundleManifest verify(@Nullable PublicKey trusted) {
    byte[] bytes = bytes(BundleManifest.NAME);
    PublicKey key = trusted == null ? Signatures.publicKey(bytes(BundleManifest.KEY)) : trusted;
    Signatures.verify(
        bytes, new String(bytes(BundleManifest.SIGNATURE), StandardCharsets.US_ASCII), key);
    BundleManifest manifest = BundleManifest.fromJson(bytes);
    List<String> problems = problems(manifest);
    if (!problems.isEmpty()) {
      throw new BundleInvalid(
          "bundle: " + String.join("; ", problems.subList(0, Math.min(20, problems.size()))));
    }
    return manifest;
  }

  private List<String> problems(BundleManifest manifest) {
    Map<String, BundleManifest.Entry> missing = new HashMap<>();
    manifest.files().forEach(file -> missing.put(file.path(), file));
    List<String> problems = new ArrayList<>();
    try (Stream<Path> walked = Files.walk(dir)) {
      for (Path path : walked.filter(each -> !each.startsWith(dir.resolve(SPOOL))).toList()) {
        String name = dir.relativize(path).toString();
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || unlisted(name)) {
          continue;
        }
        BundleManifest.Entry file = missing.remove(name);
        if (file == null || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          problems.add(name + ": unknown (expected: only what the manifest lists)");
        } else if (Files.size(path) != file.sizeBytes()) {
          problems.add(
              name + ": " + Files.size(path) + " bytes (expected: " + file.sizeBytes() + ")");
        } else if (!sha256(path).equals(file.sha256())) {
          problems.add(name + ": another content (expected: sha256 " + file.sha256() + ")");
        }
      }
    } catch (IOException e) {
      throw new BundleInvalid("bundle: " + dir + " (expected: readable)", e);
    }
    missing.keySet().stream().sorted().forEach(name -> problems.add(name + ": missing"));
    return problems;
  }

  /** The three files that cannot list themselves. */
  private static boolean unlisted(String name) {
    return name.equals(BundleManifest.NAME)
        || name.equals(BundleManifest.SIGNATURE)
        || name.equals(BundleManifest.KEY);
  }

  private byte[] bytes(String name) {
    try {
      return Files.readAllBytes(dir.resolve(name));
    } catch (IOException e) {
      throw new BundleInvalid(name + ": cannot be read in " + dir + " (expected: a file)", e);
    }
  }

  /** Hex digest of a file. */
  public static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 18];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
