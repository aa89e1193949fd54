package io.millrace.activities.data;

import java.math.BigInteger;
import java.util.Locale;

/** Check digits. Each takes the value as it is written; what is no digit is passed over. */
final class Checksums {
  private static final int[][] DIHEDRAL = new int[10][10];
  private static final int[][] TURNS = new int[8][10];

  static {
    // Verhoeff 1969: multiplication in the dihedral group of ten elements, and its permutation
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 10; j++) {
        int sum = i < 5 ? i % 5 + j % 5 : i % 5 - j % 5 + 5;
        DIHEDRAL[i][j] = sum % 5 + ((i < 5) == (j < 5) ? 0 : 5);
      }
    }
    int[] permutation = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    for (int j = 0; j < 10; j++) {
      TURNS[0][j] = j;
    }
    for (int i = 1; i < TURNS.length; i++) {
      for (int j = 0; j < 10; j++) {
        TURNS[i][j] = permutation[TURNS[i - 1][j]];
      }
    }
  }

  private Checksums() {}

  /** The digits of a value. */
  static int[] digits(String value) {
    return value.chars().filter(c -> c >= '0' && c <= '9').map(c -> c - '0').toArray();
  }

  /** Luhn's (ISO/IEC 7812-1) over all digits, which are not all equal. */
  static boolean luhn(String value) {
    int[] digits = digits(value);
    int sum = 0;
    boolean varied = false;
    for (int i = 0; i < digits.length; i++) {
      int d = digits[digits.length - 1 - i];
      varied |= d != digits[0];
      sum += i % 2 == 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
    }
    return varied && sum % 10 == 0;
  }

  /** A payment card: Luhn's over 13 to 19 digits. */
  static boolean card(String value) {
    int count = digits(value).length;
    return count >= 13 && count <= 19 && luhn(value);
  }

  /** ISO 13616 (IBAN): the rearranged number is 1 modulo 97. */
  static boolean mod97(String value) {
    String plain = value.replace(" ", "").toUpperCase(Locale.ROOT);
    if (plain.length() < 15 || plain.length() > 34) {
      return false;
    }
    StringBuilder number = new StringBuilder();
    for (char c : (plain.substring(4) + plain.substring(0, 4)).toCharArray()) {
      number.append(Character.digit(c, 36));
    }
    return new BigInteger(number.toString()).mod(BigInteger.valueOf(97)).intValue() == 1;
  }

  /** The weighted sum of the first digits. */
  static int weighted(int[] digits, int... weights) {
    int sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += digits[i] * weights[i];
    }
    return sum;
  }

  /** ISO 7064, MOD 11,10: the last digit checks those before it. */
  static boolean mod1110(String value) {
    int[] digits = digits(value);
    int product = 10;
    for (int i = 0; i < digits.length - 1; i++) {
      int sum = (digits[i] + product) % 10;
      product = (sum == 0 ? 10 : sum) * 2 % 11;
    }
    return (11 - product) % 10 == digits[digits.length - 1];
  }

  /** Verhoeff's: the last digit checks those before it. */
  static boolean verhoeff(String value) {
    int[] digits = digits(value);
    int check = 0;
    for (int i = 0; i < digits.length; i++) {
      check = DIHEDRAL[check][TURNS[i % 8][digits[digits.length - 1 - i]]];
    }
    return check == 0;
  }
}
