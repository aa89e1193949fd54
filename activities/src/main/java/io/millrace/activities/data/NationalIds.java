package io.millrace.activities.data;

import static io.millrace.activities.data.Checksums.digits;
import static io.millrace.activities.data.Checksums.weighted;

import java.util.List;
import java.util.function.Predicate;

/**
 * Numbers by which states know people, by their form and check digits. Those made of digits alone
 * must hold for nine values in ten of a column, and for eight different ones: a running number
 * passes for one in ten.
 */
final class NationalIds {
  private static final double LETTERS = 0.5;
  private static final double DIGITS = 0.9;
  private static final int LEAST = 8;
  private static final String DNI = "TRWAGMYFPDXBNJZSQVHLCKE";
  private static final String HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  private static final String ODD = "BAKPLCQDREVOSFTGUHMINJWZYX";

  /** United States: no area 000, 666 or 900 and above, no group 00, no serial 0000. */
  static final Recogniser SSN =
      letters(
          "[0-9]{3}-[0-9]{2}-[0-9]{4}",
          "(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}", v -> true);

  private static final String DAY = "(?:0[1-9]|[12][0-9]|3[01])";
  private static final String MONTH = "(?:0[1-9]|1[0-2])";

  static final List<Recogniser> ALL =
      List.of(
          SSN,
          // United Kingdom, national insurance
          letters(
              "[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
              "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
                  + " ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
              v -> true),
          // Spain, DNI and NIE
          letters("[XYZ0-9][0-9]{7}-?[A-Z]", "[XYZ0-9][0-9]{7}-?[A-Z]", NationalIds::dni),
          // Italy, codice fiscale
          letters(
              "[A-Z]{6}[0-9A-Z]{10}",
              "[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z]"
                  + "[0-9LMNPQRSTUV]{3}[A-Z]",
              NationalIds::codiceFiscale),
          // Finland, henkilötunnus
          letters(
              "[0-9]{6}[-+A-Y][0-9]{3}[0-9A-Y]",
              DAY + MONTH + "[0-9]{2}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]",
              v ->
                  HETU.charAt(Integer.parseInt(v.substring(0, 6) + v.substring(7, 10)) % 31)
                      == v.charAt(10)),
          // Brazil, CPF
          digitsOnly("[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3}-?[0-9]{2}", "", NationalIds::cpf),
          // Poland, PESEL: the month tells the century
          digitsOnly(
              "[0-9]{11}",
              "[0-9]{2}(?:[02468][1-9]|[13579][0-2])" + DAY + "[0-9]{5}",
              v -> weighted(digits(v), 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1) % 10 == 0),
          // Germany, Steuer-Identifikationsnummer
          digitsOnly("[0-9]{11}", "[1-9][0-9]{10}", Checksums::mod1110),
          // United Kingdom, NHS number
          digitsOnly(
              "[0-9]{3} ?[0-9]{3} ?[0-9]{4}",
              "",
              v -> {
                int[] d = digits(v);
                return (11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11) % 11 == d[9];
              }),
          // Netherlands, BSN
          digitsOnly(
              "[0-9]{9}",
              "(?!000000000)[0-9]{9}",
              v -> weighted(digits(v), 9, 8, 7, 6, 5, 4, 3, 2, -1) % 11 == 0),
          // Sweden, personnummer
          digitsOnly(
              "([0-9]{2})?[0-9]{6}[-+]?[0-9]{4}",
              "(?:[0-9]{2})?[0-9]{2}" + MONTH + DAY + "[-+]?[0-9]{4}",
              v -> {
                String plain = v.replaceAll("[^0-9]", "");
                return Checksums.luhn(plain.substring(plain.length() - 10));
              }),
          // France, numéro de sécurité sociale
          digitsOnly(
              "[1-8][0-9]{4}[0-9AB]{2}[0-9]{8}",
              "[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:2[AB]|[0-9]{2})[0-9]{8}",
              v -> {
                String plain = v.replace("2A", "19").replace("2B", "18");
                return 97 - Long.parseLong(plain.substring(0, 13)) % 97
                    == Integer.parseInt(plain.substring(13));
              }),
          // China, resident identity number
          digitsOnly(
              "[0-9]{17}[0-9Xx]",
              "[1-9][0-9]{5}(?:19|20)[0-9]{2}" + MONTH + DAY + "[0-9]{3}[0-9Xx]",
              v ->
                  "10X98765432"
                          .charAt(
                              weighted(
                                      digits(v), 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4,
                                      2)
                                  % 11)
                      == Character.toUpperCase(v.charAt(17))),
          // India, Aadhaar
          digitsOnly(
              "[0-9]{4} ?[0-9]{4} ?[0-9]{4}",
              "[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}", Checksums::verhoeff));

  private NationalIds() {}

  private static Recogniser letters(String candidate, String pattern, Predicate<String> sound) {
    return new Recogniser("national-id", Recogniser.full(candidate), pattern, LETTERS, 1, sound);
  }

  private static Recogniser digitsOnly(String candidate, String pattern, Predicate<String> sound) {
    return new Recogniser(
        "national-id",
        Recogniser.full(candidate),
        pattern.isEmpty() ? candidate : pattern,
        DIGITS,
        LEAST,
        sound);
  }

  private static boolean dni(String value) {
    String number = value.substring(0, 8).replace('X', '0').replace('Y', '1').replace('Z', '2');
    return DNI.charAt(Integer.parseInt(number) % 23) == value.charAt(value.length() - 1);
  }

  private static boolean codiceFiscale(String value) {
    int sum = 0;
    for (int i = 0; i < 15; i++) {
      char c = value.charAt(i);
      int place = c <= '9' ? c - '0' : c - 'A';
      // in odd places (counted from 1) a letter counts by its place in a list of its own
      sum += i % 2 == 0 ? ODD.indexOf('A' + place) : place;
    }
    return 'A' + sum % 26 == value.charAt(15);
  }

  private static boolean cpf(String value) {
    int[] d = digits(value);
    int first = weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
    int second = weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
    boolean varied = java.util.Arrays.stream(d).anyMatch(x -> x != d[0]);
    return varied && d[9] == first && d[10] == second;
  }
}
