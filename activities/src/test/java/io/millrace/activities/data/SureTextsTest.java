package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SureTextsTest {
  private static boolean sure(SureTexts texts, String value) {
    int state = 0;
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      state = texts.next[state << 8 | (b & 0xff)];
    }
    return texts.ends(state);
  }

  /** What the engine is asked for sure, where it is asked. */
  private static Pattern sure(Recogniser recogniser) {
    String sql = String.valueOf(recogniser.sure());
    return Pattern.compile(
        sql.substring(sql.indexOf(", '") + 3, sql.length() - 2).replace("''", "'"));
  }

  private static String random(Random random, String... pieces) {
    StringBuilder value = new StringBuilder();
    for (int n = random.nextInt(9); n > 0; n--) {
      value.append(pieces[random.nextInt(pieces.length)]);
    }
    return value.toString();
  }

  @Test
  void email_isWhatTheEngineIsSureOf() {
    Pattern sure = sure(ValueRecognisers.EMAIL);
    Random random = new Random(3);
    int known = 0;
    for (int i = 0; i < 400_000; i++) {
      String value =
          random(
              random, "a", "b@c.", "B7", "@", ".", "-", "_", "x".repeat(23), "org", "é", " ", "'");
      boolean expected = sure.matcher(value).matches();
      assertThat(sure(SureTexts.EMAIL, value)).as(value).isEqualTo(expected);
      assertThat(!expected || ValueRecognisers.EMAIL.knows(value)).as(value).isTrue();
      known += expected ? 1 : 0;
    }
    assertThat(known).isGreaterThan(200);
  }

  @Test
  void ipv4_isWhatTheEngineIsSureOf() {
    Pattern sure = sure(ValueRecognisers.IPV4);
    Random random = new Random(4);
    int known = 0;
    for (int i = 0; i < 400_000; i++) {
      String value = random(random, "0", "1", "25", "19", "255", "256", ".", ".", ".7", "a", "-");
      boolean expected = sure.matcher(value).matches();
      assertThat(sure(SureTexts.IPV4, value)).as(value).isEqualTo(expected);
      known += expected ? 1 : 0;
    }
    assertThat(known).isGreaterThan(200);
    for (int octet = 0; octet < 300; octet++) {
      assertThat(sure(SureTexts.IPV4, "10.%d.0.%d".formatted(octet, octet))).isEqualTo(octet < 256);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"123456789", "000000000", "4991856498466559", "12345678901234567890123"})
  void number_isAsManyDigitsAsAreLookedAt(String value) {
    assertThat(sure(SureTexts.NUMBER, value)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12345678", "12345678x", "1234-56789", "-123456789", "123456789 "})
  void number_isNothingElse(String value) {
    assertThat(sure(SureTexts.NUMBER, value)).isFalse();
  }
}
