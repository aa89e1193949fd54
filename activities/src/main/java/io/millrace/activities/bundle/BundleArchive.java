package io.millrace.activities.bundle;

import io.millrace.inference.edge.BundleInvalid;
import io.millrace.inference.edge.BundleManifest;
import io.millrace.inference.edge.Signatures;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** The archive of a bundle, {@code tar.gz}: manifest, signature and key first, then the files. */
public final class BundleArchive {
  /** 2020-01-01: of every file, since the start-up cache holds the jars' times. */
  static final long TIME = 1_577_836_800;

  private static final int MOST_MANIFEST = 16 << 20;

  private BundleArchive() {}

  /**
   * What was found in an archive.
   *
   * @param signer the key that signed
   */
  public record Checked(BundleManifest manifest, PublicKey signer) {}

  /**
   * Packs a folder; equal folders and signatures give equal bytes.
   *
   * @param file replaced as a whole
   */
  static void pack(
      Path folder, BundleManifest manifest, byte[] json, String signature, String key, Path file)
      throws IOException {
    String root = root(manifest) + "/";
    Path aside = file.resolveSibling("." + file.getFileName() + ".part");
    try (TarWriter tar =
        new TarWriter(
            new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(aside)), 1 << 16),
            TIME)) {
      add(tar, root + BundleManifest.NAME, json);
      add(tar, root + BundleManifest.SIGNATURE, signature.getBytes(StandardCharsets.US_ASCII));
      add(tar, root + BundleManifest.KEY, key.getBytes(StandardCharsets.US_ASCII));
      for (BundleManifest.Entry entry : manifest.files()) {
        try (InputStream in = Files.newInputStream(folder.resolve(entry.path()))) {
          tar.add(root + entry.path(), entry.sizeBytes(), entry.executable(), in);
        }
      }
    }
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void add(TarWriter tar, String path, byte[] content) throws IOException {
    tar.add(path, content.length, false, new ByteArrayInputStream(content));
  }

  /** The one folder at an archive's top. */
  static String root(BundleManifest manifest) {
    return manifest.model() + "-" + manifest.version();
  }

  /**
   * Checks signature, sizes and digests without writing anything.
   *
   * @param trusted who must have signed; null takes the archive's own key
   * @throws BundleInvalid with the first thing that is wrong
   */
  public static Checked verify(Path file, @Nullable PublicKey trusted) {
    return read(file, trusted, null);
  }

  /**
   * Checks and unpacks into {@code <into>/<model>-<version>}, which must not be there. A file is
   * written only once the manifest that lists it was found signed, and only below that folder.
   *
   * @return the folder's content as checked
   * @throws BundleInvalid with the first thing that is wrong; what was written is deleted
   */
  public static Checked unpack(Path file, @Nullable PublicKey trusted, Path into) {
    return read(file, trusted, into);
  }

  private static Checked read(Path file, @Nullable PublicKey trusted, @Nullable Path into) {
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)), 1 << 16)) {
      TarReader tar = new TarReader(in);
      byte[] json = small(tar, BundleManifest.NAME);
      byte[] signature = small(tar, BundleManifest.SIGNATURE);
      byte[] pem = small(tar, BundleManifest.KEY);
      PublicKey key = trusted == null ? Signatures.publicKey(pem) : trusted;
      Signatures.verify(json, new String(signature, StandardCharsets.US_ASCII), key);
      BundleManifest manifest = BundleManifest.fromJson(json);
      Path folder = into == null ? null : into.resolve(root(manifest));
      if (folder != null) {
        if (Files.exists(folder)) {
          throw new BundleInvalid(folder + ": is there (expected: nothing)");
        }
        Files.createDirectories(folder);
        Files.write(folder.resolve(BundleManifest.NAME), json);
        Files.write(folder.resolve(BundleManifest.SIGNATURE), signature);
        Files.write(folder.resolve(BundleManifest.KEY), pem);
      }
      boolean whole = false;
      try {
        files(tar, manifest, folder);
        whole = true;
      } finally {
        if (!whole && folder != null) {
          Folders.delete(folder);
        }
      }
      return new Checked(manifest, key);
    } catch (IOException e) {
      throw new BundleInvalid(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] small(TarReader tar, String name) throws IOException {
    TarReader.Entry entry = tar.next();
    if (entry == null || !entry.path().endsWith("/" + name) || entry.sizeBytes() > MOST_MANIFEST) {
      throw new BundleInvalid(
          "archive: " + (entry == null ? "end" : entry.path()) + " (expected: " + name + ")");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }

  private static void files(TarReader tar, BundleManifest manifest, @Nullable Path folder)
      throws IOException {
    Map<String, BundleManifest.Entry> missing = new HashMap<>();
    String root = root(manifest) + "/";
    manifest.files().forEach(file -> missing.put(root + file.path(), file));
    for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
      BundleManifest.Entry listed = missing.remove(entry.path());
      if (listed == null) {
        throw new BundleInvalid(
            "archive: " + entry.path() + " (expected: only what the manifest lists, once)");
      }
      if (entry.sizeBytes() != listed.sizeBytes() || entry.executable() != listed.executable()) {
        throw new BundleInvalid("archive: " + entry.path() + ": another size or mode");
      }
      Path to = folder == null ? null : folder.resolve(listed.path());
      String sha256 = copy(tar, to);
      if (!sha256.equals(listed.sha256())) {
        throw new BundleInvalid(
            "archive: "
                + entry.path()
                + ": sha256 "
                + sha256
                + " (expected: "
                + listed.sha256()
                + ")");
      }
      if (to != null) {
        Folders.stamp(to, listed.executable(), FileTime.fromMillis(TIME * 1000));
      }
    }
    tar.end();
    if (!missing.isEmpty()) {
      throw new BundleInvalid("archive: no " + missing.keySet().iterator().next());
    }
  }

  private static String copy(TarReader tar, @Nullable Path to) throws IOException {
    if (to != null) {
      Files.createDirectories(to.getParent());
    }
    try (OutputStream out =
        to == null ? OutputStream.nullOutputStream() : Files.newOutputStream(to)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
        digest.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
