package io.millrace.inference.server;

/**
 * One key.
 *
 * @param name for the metrics; the key itself is nowhere
 * @param hash SHA-256 of it
 * @param rate its requests
 * @param admin whether it may ask {@code /admin}
 */
@SuppressWarnings("ArrayRecordComponent") // read at the start, compared in constant time
record ApiKey(String name, byte[] hash, TokenBucket rate, boolean admin) {
  @Override
  public String toString() {
    return "ApiKey[" + name + "]";
  }
}
