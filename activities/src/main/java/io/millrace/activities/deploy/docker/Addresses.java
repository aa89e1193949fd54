package io.millrace.activities.deploy.docker;

import java.util.Set;

/** IPv4 addresses of a network. */
final class Addresses {
  /** Below are the gateway and the proxy. */
  private static final int FIRST = 10;

  private static final int LAST = 250;

  private Addresses() {}

  /**
   * The n-th address of a range.
   *
   * @param range such as {@code 172.18.0.0/16}
   */
  static String at(String range, int n) {
    String[] parts = range.substring(0, range.indexOf('/')).split("\\.");
    long value = 0;
    for (String part : parts) {
      value = value << 8 | Integer.parseInt(part);
    }
    value += n;
    return (value >> 24 & 255)
        + "."
        + (value >> 16 & 255)
        + "."
        + (value >> 8 & 255)
        + "."
        + (value & 255);
  }

  /**
   * The lowest one that nobody has.
   *
   * @throws IllegalStateException when all are taken
   */
  static String free(String range, Set<String> taken) {
    for (int n = FIRST; n <= LAST; n++) {
      String address = at(range, n);
      if (!taken.contains(address)) {
        return address;
      }
    }
    throw new IllegalStateException(
        "addresses: " + taken.size() + " of " + range + " taken (expected: one free)");
  }
}
