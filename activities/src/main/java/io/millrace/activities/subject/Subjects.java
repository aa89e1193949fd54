package io.millrace.activities.subject;

import io.millrace.activities.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Subjects of the store by pseudonym: HMAC-SHA256 of the key they are known by under a salt of the
 * store's own, {@code privacy/salt}, 64 hex digits. Who holds the store can test a guess, and
 * nobody else. {@code privacy/erased/<pseudonym>} marks who was erased: ingest leaves their rows
 * out when the source brings them again. Not thread-safe.
 */
public final class Subjects {
  private static final String SALT = "privacy/salt";
  private static final String ERASED = "privacy/erased/";
  private static final int SALT_BYTES = 32;
  private final ObjectStore store;
  private final Mac mac;

  private Subjects(ObjectStore store, byte[] salt) {
    this.store = store;
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(salt, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }

  /** Of a store, whose salt is made now when it has none. */
  public static Subjects of(ObjectStore store) {
    Optional<byte[]> known = store.get(SALT);
    if (known.isEmpty()) {
      byte[] salt = new byte[SALT_BYTES];
      new SecureRandom().nextBytes(salt);
      store.create(SALT, salt);
      known = store.get(SALT);
    }
    return new Subjects(store, known.orElseThrow());
  }

  /** Only when somebody was erased from this store. */
  public static Optional<Subjects> whenErased(ObjectStore store) {
    return store.list(ERASED).isEmpty() ? Optional.empty() : Optional.of(of(store));
  }

  /** 64 hex digits. */
  public String pseudonym(String key) {
    return HexFormat.of().formatHex(mac.doFinal(key.strip().getBytes(StandardCharsets.UTF_8)));
  }

  /** Remembers that this subject's rows are left out from now on. */
  public void erase(String pseudonym) {
    store.create(ERASED + pseudonym, new byte[0]);
  }

  /** Pseudonyms of everybody who was erased. */
  public Set<String> erased() {
    Set<String> erased = new HashSet<>();
    store.list(ERASED).forEach(key -> erased.add(key.substring(ERASED.length())));
    return erased;
  }
}
