package io.millrace.activities.bundle;

import io.millrace.activities.secret.SecretResolver;
import io.millrace.inference.edge.Signatures;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Ed25519 key that signs bundles: by reference, or one of this machine's own that is made at
 * the first use and lies under {@code keys/} with its public half beside it. The public half of a
 * referenced key follows from it.
 */
final class SigningKeys {
  private static final String OWN = "bundle.pem";

  private final SecretResolver secrets;
  private final Path keys;

  SigningKeys(SecretResolver secrets, Path keys) {
    this.secrets = secrets;
    this.keys = keys;
  }

  /**
   * @param reference {@code secret:env:…} or {@code secret:file:…}; null for this machine's own
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when it is no such key
   */
  KeyPair pair(@Nullable String reference) {
    byte[] pem = reference == null ? own() : secrets.resolve(reference);
    try {
      PrivateKey key = Signatures.privateKey(pem);
      return new KeyPair(Ed25519.publicHalf(key), key);
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          (reference == null ? keys.resolve(OWN).toString() : reference)
              + ": (expected: an Ed25519 private key as PKCS#8 PEM)");
    }
  }

  static String pem(PublicKey key) {
    return Signatures.pem("PUBLIC KEY", key.getEncoded());
  }

  private byte[] own() {
    Path file = keys.resolve(OWN);
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(keys);
        make(file);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("keys: " + file + " (expected: readable and writable)", e);
    }
  }

  private void make(Path file) throws IOException {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      Path aside =
          Files.createTempFile(
              keys,
              ".key-",
              "",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          aside,
          Signatures.pem("PRIVATE KEY", pair.getPrivate().getEncoded()),
          StandardCharsets.US_ASCII,
          StandardOpenOption.WRITE);
      try {
        Files.createLink(file, aside); // whole or not at all, and never over another's
      } catch (FileAlreadyExistsException e) {
        return;
      } finally {
        Files.deleteIfExists(aside);
      }
      Files.writeString(keys.resolve("bundle.pub"), pem(pair.getPublic()));
      Files.setPosixFilePermissions(file, Set.copyOf(PosixFilePermissions.fromString("rw-------")));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java since 15 has it
    }
  }
}
