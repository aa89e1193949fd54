package io.millrace.inference.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a server takes, as their SHA-256 (keys are 256 random bits, which no list of
 * guesses reaches, so a slow hash would only cost). A file has one key a line, {@code NAME
 * sha256:HEX [rate=N] [burst=N] [admin]}: N requests a second, that many at once, and whether
 * {@code /admin} may be asked. Empty lines and lines that begin with {@code #} are skipped.
 */
public final class ApiKeys {
  /** Everybody may ask anything. */
  public static final ApiKeys OPEN = new ApiKeys(List.of());

  private static final SecureRandom RANDOM = new SecureRandom();
  private final List<ApiKey> keys;

  private ApiKeys(List<ApiKey> keys) {
    this.keys = List.copyOf(keys);
  }

  /**
   * @throws IllegalArgumentException when a line cannot be read, names the line
   */
  public static ApiKeys read(Path file) {
    try {
      ApiKeys keys = of(Files.readAllLines(file));
      if (keys.keys.isEmpty()) {
        // an empty file must not open the door
        throw new IllegalArgumentException("keys: " + file + " has none (expected: one or more)");
      }
      return keys;
    } catch (IOException e) {
      throw new UncheckedIOException("keys: " + file + " (expected: a readable file)", e);
    }
  }

  static ApiKeys of(List<String> lines) {
    List<ApiKey> keys = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      ApiKey key = key("keys line " + (i + 1), line.split("\\s+"));
      if (!names.add(key.name())) {
        throw new IllegalArgumentException(
            "keys line " + (i + 1) + ": " + key.name() + " again (expected: every name once)");
      }
      keys.add(key);
    }
    return new ApiKeys(keys);
  }

  private static ApiKey key(String at, String[] fields) {
    if (fields.length < 2 || !fields[1].toLowerCase(Locale.ROOT).matches("sha256:[0-9a-f]{64}")) {
      // the line is not repeated: it may hold the key itself
      throw new IllegalArgumentException(
          at + ": (expected: NAME sha256:HEX [rate=N] [burst=N] [admin])");
    }
    ServerConfig.named(at, fields[0]);
    byte[] hash = HexFormat.of().parseHex(fields[1].substring("sha256:".length()));
    double rate = Double.POSITIVE_INFINITY;
    double burst = -1;
    boolean admin = false;
    for (int i = 2; i < fields.length; i++) {
      if (fields[i].equals("admin")) {
        admin = true;
      } else if (fields[i].matches("rate=[0-9]{1,9}(\\.[0-9]{1,3})?")) {
        rate = Double.parseDouble(fields[i].substring("rate=".length()));
      } else if (fields[i].matches("burst=[0-9]{1,9}")) {
        burst = Double.parseDouble(fields[i].substring("burst=".length()));
      } else {
        throw new IllegalArgumentException(
            at + ": " + fields[i] + " (expected: rate=N, burst=N or admin)");
      }
    }
    if (rate <= 0 || burst == 0) {
      throw new IllegalArgumentException(at + ": (expected: a rate and a burst > 0)");
    }
    double places = burst > 0 ? burst : Math.max(1, Double.isInfinite(rate) ? 1 : rate);
    return new ApiKey(fields[0], hash, new TokenBucket(rate, places, System.nanoTime()), admin);
  }

  /** True when nobody is asked for a key. */
  boolean open() {
    return keys.isEmpty();
  }

  /** Whose key it is; takes as long for a wrong one as for a right one. */
  Optional<ApiKey> find(String secret) {
    byte[] hash = sha256(secret);
    @Nullable ApiKey found = null;
    for (ApiKey key : keys) {
      if (MessageDigest.isEqual(key.hash(), hash)) {
        found = key;
      }
    }
    return Optional.ofNullable(found);
  }

  /** A new key, 256 random bits in URL-safe base64. */
  public static String generate() {
    byte[] bits = new byte[32];
    RANDOM.nextBytes(bits);
    return "mr_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }

  /** The line of a key for the file, without limits. */
  public static String line(String name, String secret) {
    ServerConfig.named("name", name);
    return name + " sha256:" + HexFormat.of().formatHex(sha256(secret));
  }

  private static byte[] sha256(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Names and limits, no hash. */
  @Override
  public String toString() {
    return "ApiKeys" + keys.stream().map(ApiKey::name).toList();
  }
}
