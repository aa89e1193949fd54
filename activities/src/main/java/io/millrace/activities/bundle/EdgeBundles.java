package io.millrace.activities.bundle;

import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.edge.BundleFolder;
import io.millrace.inference.edge.BundleManifest;
import io.millrace.inference.edge.PublicKeys;
import io.millrace.inference.edge.Signatures;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.RuntimeChoice;
import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes bundles. Equal versions, builds and keys give equal bytes on one machine: what is not
 * reproducible by itself, the JVM's start-up cache, is made once per build and kept in the scratch
 * folder.
 */
public final class EdgeBundles {
  private final Packages packages;
  private final Path scratch;
  private final SigningKeys keys;

  /**
   * @param scratch caches
   * @param keys folder of this machine's own signing key, made when it is needed
   */
  public EdgeBundles(ObjectStore store, Path scratch, SecretResolver secrets, Path keys) {
    this.packages = new Packages(store, scratch);
    this.scratch = scratch;
    this.keys = new SigningKeys(secrets, keys);
  }

  /**
   * A bundle that was written.
   *
   * @param sha256 of the archive
   * @param key fingerprint of the key that signed
   * @param publicKey PEM, for {@code bundle verify --key}
   */
  public record Written(
      Path file,
      long sizeBytes,
      String sha256,
      BundleManifest manifest,
      String key,
      String publicKey) {}

  /**
   * What goes in.
   *
   * @param prefix of the package in the store
   * @param digest of the package
   */
  public record Version(int version, String prefix, String digest) {}

  /**
   * Writes a bundle.
   *
   * @param file replaced as a whole; its folder must be there
   * @param key reference to the private key; null for this machine's own
   * @param progress told what is under way
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} for the key, the file's
   *     folder or a JDK without jlink; {@code INVARIANT_BROKEN} when a tool fails
   */
  public Written write(
      Version version, Path file, @Nullable String key, Consumer<String> progress) {
    Path target = file.toAbsolutePath().normalize();
    if (target.getParent() == null || !Files.isDirectory(target.getParent())) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "bundle: " + file + " (expected: a file in a folder that is there)");
    }
    KeyPair pair = keys.pair(key);
    Path model = packages.fetch(version.prefix(), version.digest());
    Path stage = scratch.resolve("bundle").resolve(".stage-" + UUID.randomUUID());
    try {
      try {
        Files.createDirectories(stage);
        return write(version, target, pair, model, stage, progress);
      } finally {
        Folders.delete(stage);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("bundle: " + target + " (expected: writable)", e);
    }
  }

  private Written write(
      Version version, Path file, KeyPair pair, Path model, Path stage, Consumer<String> progress)
      throws IOException {
    RuntimeKind kind;
    String name;
    try (ModelRuntime runtime = ModelRuntime.open(model, RuntimeChoice.ofProcess())) {
      kind = runtime.kind();
      name = runtime.manifest().model();
    }
    String platform = platform();
    progress.accept("jars of the server");
    Path lib = Files.createDirectories(stage.resolve("lib"));
    List<String> names = ServerJars.copy(lib, kind == RuntimeKind.ONNX, platform);
    String digest = ServerJars.digest(lib, names);
    progress.accept("Java runtime for " + platform);
    Folders.copy(JavaImage.of(scratch, lib, names, digest), stage.resolve("jre"));
    Folders.copy(model, stage.resolve(BundleManifest.PACKAGE));
    Scripts.write(stage, names, kind);
    stamp(stage);
    progress.accept("start-up cache");
    StartCache.add(stage, scratch, manifest(stage, name, version, kind, platform), digest, pair);
    progress.accept("signature and archive");
    BundleManifest manifest = manifest(stage, name, version, kind, platform);
    byte[] json = manifest.toJson();
    String publicKey = SigningKeys.pem(pair.getPublic());
    BundleArchive.pack(
        stage, manifest, json, Signatures.sign(json, pair.getPrivate()), publicKey, file);
    return new Written(
        file,
        Files.size(file),
        BundleFolder.sha256(file),
        manifest,
        PublicKeys.fingerprint(pair.getPublic()),
        publicKey);
  }

  private static BundleManifest manifest(
      Path stage, String model, Version version, RuntimeKind kind, String platform)
      throws IOException {
    List<BundleManifest.Entry> files = new ArrayList<>();
    for (Path file : files(stage)) {
      files.add(
          new BundleManifest.Entry(
              stage.relativize(file).toString(),
              Files.size(file),
              BundleFolder.sha256(file),
              Files.isExecutable(file)));
    }
    return new BundleManifest(
        1, model, version.version(), version.digest(), platform, kind.word(), files);
  }

  /** Signs a folder as it is, for what runs in it before it is packed. */
  static void sign(Path stage, BundleManifest manifest, KeyPair pair) throws IOException {
    byte[] json = manifest.toJson();
    Files.write(stage.resolve(BundleManifest.NAME), json);
    Files.writeString(
        stage.resolve(BundleManifest.SIGNATURE), Signatures.sign(json, pair.getPrivate()));
    Files.writeString(
        stage.resolve(BundleManifest.KEY),
        SigningKeys.pem(pair.getPublic()),
        StandardCharsets.US_ASCII);
  }

  private static List<Path> files(Path stage) throws IOException {
    try (Stream<Path> walked = Files.walk(stage)) {
      return walked
          .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .sorted((a, b) -> a.toString().compareTo(b.toString()))
          .toList();
    }
  }

  private static void stamp(Path stage) throws IOException {
    FileTime time = FileTime.fromMillis(BundleArchive.TIME * 1000);
    for (Path file : files(stage)) {
      Folders.stamp(file, Files.isExecutable(file), time);
    }
  }

  /** As ONNX Runtime's own folders are called. */
  static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    if (!os.contains("linux")) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "platform: " + os + " (expected: Linux, its Java runtime goes in)");
    }
    return arch.equals("aarch64") ? "linux-aarch64" : "linux-x64";
  }
}
