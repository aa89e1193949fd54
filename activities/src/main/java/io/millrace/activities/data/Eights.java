package io.millrace.activities.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Eight bytes of a text at once, the first one lowest in a long. What is told of a byte is told by
 * its highest bit. Nothing is asked on the way, so that a loop over many longs takes several of
 * them at once; for that each loop must be short.
 */
final class Eights {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private static final long LOW = ~HIGH;
  private static final long ZEROS = '0' * ONES;
  private static final long POINTS = '.' * ONES;

  /** With this a byte of ASCII has its highest bit unless it is a digit less 48. */
  private static final long NO_DIGITS = 0x76 * ONES;

  private static final long FIRST = 0x80;

  private Eights() {}

  static long at(byte[] bytes, int index) {
    return (long) LONGS.get(bytes, index);
  }

  /** Where delimiters, line ends and quotes are in so many eights of bytes. */
  static void ends(byte[] bytes, int from, byte delimiter, long[] ends, int count) {
    long delimiters = (delimiter & 0xff) * ONES;
    for (int i = 0; i < count; i++) {
      long eight = at(bytes, from + (i << 3));
      ends[i] =
          ~(others(eight ^ delimiters)
                  & others(eight ^ '\n' * ONES)
                  & others(eight ^ '\r' * ONES)
                  & others(eight ^ '"' * ONES))
              & HIGH;
    }
  }

  /** All but the highest bits of the bytes that are zero; what else is set tells nothing. */
  private static long others(long eight) {
    return ((eight & LOW) + LOW) | eight;
  }

  /** Whether a byte before the last is a point. */
  static boolean point(long eight) {
    return (~others(eight ^ POINTS) & HIGH >>> 8) != 0;
  }

  /** Whether the first bytes, up to 8, are digits. */
  static boolean digits(long eight, int count) {
    long digits = eight ^ ZEROS;
    return ((((digits & LOW) + NO_DIGITS) | digits) & HIGH & first(count)) == 0;
  }

  /** Whether bytes are all digits. */
  static boolean digits(byte[] bytes, int from, int to) {
    boolean all = true;
    for (int i = from; all && i < to; i += Long.BYTES) {
      all = digits(at(bytes, i), Math.min(Long.BYTES, to - i));
    }
    return all;
  }

  /** The first bytes, 0 to 8. */
  static long first(int count) {
    // in two steps: no shift is by 64
    return ~(-1L << (count << 2) << (count << 2));
  }

  /**
   * Whether texts are all plain numbers, {@code -?(0|[1-9][0-9]*)(.[0-9]+)?}, or empty.
   *
   * @param eights of each text its bytes and else zeros
   * @param own of each text the bytes it has, all bits of each
   */
  static boolean plain(long[] eights, long[] own, int count) {
    long wrong = 0;
    for (int i = 0; i < count; i++) {
      wrong |= zeroBeforeDigits(eights[i]);
    }
    for (int i = 0; i < count; i++) {
      wrong |= odd(eights[i], own[i]);
    }
    return wrong == 0;
  }

  /** A zero at the beginning of a number, or after its sign, before another digit. */
  private static long zeroBeforeDigits(long eight) {
    long digits = eight ^ ZEROS;
    long noZeros = digits + LOW;
    long noSign = (eight ^ '-') + LOW;
    long begin = ~(noSign | ~FIRST) << 8 | noSign & FIRST;
    return (begin & ~noZeros) << 8 & ~(digits + NO_DIGITS) & HIGH;
  }

  /** Other bytes, a second point, one at an end, and a sign or a point without a digit after it. */
  private static long odd(long eight, long own) {
    long noDigits = (eight ^ ZEROS) + NO_DIGITS;
    long noPoints = (eight ^ POINTS) + LOW;
    long noSign = (eight ^ '-') + LOW | ~FIRST;
    long points = ~noPoints & HIGH;
    return ((noDigits & noPoints & noSign) ^ ~own | eight) & HIGH
        | points & (points - 1 | FIRST | Long.MIN_VALUE)
        | (points << 8 | ~noSign << 8) & noDigits;
  }

  /** Whether one of the texts has a digit; all are plain or empty. */
  static boolean digits(long[] eights, int count) {
    long digits = 0;
    for (int i = 0; i < count; i++) {
      digits |= ~((eights[i] ^ ZEROS) + NO_DIGITS);
    }
    return (digits & HIGH) != 0;
  }

  /** Whether one of the texts has a point or is {@code -0}; all are plain or empty. */
  static boolean fractions(long[] eights, int count) {
    long fractions = 0;
    for (int i = 0; i < count; i++) {
      long noSign = (eights[i] ^ '-') + LOW | ~FIRST;
      long noZeros = (eights[i] ^ ZEROS) + LOW;
      fractions |= ~((eights[i] ^ POINTS) + LOW) | ~noSign << 8 & ~noZeros;
    }
    return (fractions & HIGH) != 0;
  }

  /** The number that the first digits are, 1 to 8. */
  static long value(long eight, int count) {
    long digits = (eight ^ ZEROS) << -(count << 3);
    long pairs = digits * 10 + (digits >>> 8) & 0x00ff00ff00ff00ffL;
    long fours = pairs * 100 + (pairs >>> 16) & 0x0000ffff0000ffffL;
    return fours * 10_000 + (fours >>> 32) & 0xffffffffL;
  }
}
