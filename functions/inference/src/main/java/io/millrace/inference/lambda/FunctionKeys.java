package io.millrace.inference.lambda;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/** Who is let in by an API key. Only the keys' SHA-256 are known here. */
final class FunctionKeys {
  private static final String BEARER = "bearer ";
  private final List<byte[]> hashes;

  FunctionKeys(List<byte[]> hashes) {
    this.hashes = List.copyOf(hashes);
  }

  /** Takes as long for a wrong key as for a right one. */
  boolean admits(FunctionEvent event) {
    // whoever may call the Invoke API with a bare body was asked by IAM already
    if (hashes.isEmpty() || !event.http()) {
      return true;
    }
    byte[] given = sha256(secret(event).orElse(""));
    boolean found = false;
    for (byte[] hash : hashes) {
      found |= MessageDigest.isEqual(hash, given);
    }
    return found;
  }

  private static Optional<String> secret(FunctionEvent event) {
    Optional<String> bearer =
        event
            .header("authorization")
            .filter(text -> text.regionMatches(true, 0, BEARER, 0, BEARER.length()))
            .map(text -> text.substring(BEARER.length()).strip());
    return bearer.isPresent() ? bearer : event.header("x-api-key");
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
