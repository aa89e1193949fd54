package io.millrace.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both parsers, one behaviour. */
class JsonInputTest {
  private static final JsonInput.Limits LIMITS = new JsonInput.Limits(8, 40, 20);

  private interface Opening {
    JsonInput open(byte[] bytes) throws IOException;
  }

  private static final Opening SERVER =
      bytes -> JsonInput.Parser.JACKSON.open(bytes, bytes.length, LIMITS);
  private static final Opening FUNCTION =
      bytes -> JsonInput.Parser.GSON.open(bytes, bytes.length, LIMITS);

  /** Every token as it is told, and REFUSED where the text is none. */
  private static List<String> told(Opening opening, byte[] bytes) {
    List<String> told = new ArrayList<>();
    try (JsonInput in = opening.open(bytes)) {
      int depth = 0;
      for (JsonToken token = in.nextToken();
          token != JsonToken.NOT_AVAILABLE;
          token = in.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        told.add(
            token
                + " "
                + in.getText()
                + (token == JsonToken.FIELD_NAME ? " " + in.currentName() : "")
                + (token.isNumeric() ? " " + in.getDoubleValue() : "")
                + (token == JsonToken.VALUE_NUMBER_INT
                    ? in.beyondLong() ? " beyond" : " " + in.getLongValue()
                    : ""));
        if (depth == 0 && in.nextToken() != JsonToken.NOT_AVAILABLE) {
          return List.of("REFUSED"); // more than one value is refused by who reads
        }
        if (depth == 0) {
          break;
        }
      }
      return told;
    } catch (IOException e) {
      return List.of("REFUSED");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"a\":1,\"b\":[1.5,-0,-0.0,1e400,-1E-400,true,false,null,\"x\"]}",
        "[9223372036854775807,-9223372036854775808,9223372036854775808,123456789012345678901234]",
        "[0.1,2.2250738585072011e-308,4.9e-324,1.7976931348623157e308,179769313486231580793e289]",
        "{\"\\u00e9\\n\\\"\":\"\\ud83d\\ude00 ü\"}",
        "  {\"a\" : { \"b\" : [ [ ] , { } ] } }  ",
        "{\"a\":1,\"a\":2}",
        "\"text\"",
        "17",
        ""
      })
  void nextToken_ofAText_isTheSameOfBoth(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(told(FUNCTION, bytes)).isEqualTo(told(SERVER, bytes)).doesNotContain("REFUSED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[1,",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[NaN]",
        "[Infinity]",
        "[1,]",
        "[1 2]",
        "{\"a\":1,}",
        "{} {}",
        "[\"a\nb\"]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[TRUE]",
        "[nul]",
        "[1] // said",
        "/* said */ []",
        "#said\n[]",
        "[[[[[[[[[1]]]]]]]]]",
        "[\"a text of more than forty characters, which is the most\"]",
        "{\"a name of more than twenty characters\":1}",
        "]",
        ":"
      })
  void nextToken_ofWhatIsNoJson_refusesInBoth(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(told(SERVER, bytes)).containsExactly("REFUSED");
    assertThat(told(FUNCTION, bytes)).containsExactly("REFUSED");
  }

  @Test
  void nextToken_ofBytesThatAreNoUtf8_refusesInBoth() {
    byte[] bytes = {'[', '"', (byte) 0xc3, 0x28, '"', ']'};
    assertThat(told(SERVER, bytes)).containsExactly("REFUSED");
    assertThat(told(FUNCTION, bytes)).containsExactly("REFUSED");
    byte[] sent = "[\"\uFFFD\"]".getBytes(StandardCharsets.UTF_8);
    assertThat(told(FUNCTION, sent)).isEqualTo(told(SERVER, sent)).doesNotContain("REFUSED");
  }

  @Test
  void nextToken_ofANumberOfMoreThanAThousandCharacters_refusesInBoth() {
    byte[] bytes = ("[" + "1".repeat(1001) + "]").getBytes(StandardCharsets.UTF_8);
    assertThat(told(SERVER, bytes)).containsExactly("REFUSED");
    assertThat(told(FUNCTION, bytes)).containsExactly("REFUSED");
  }

  @Test
  void nextToken_ofTenThousandDamagedTexts_isTheSameOfBoth() {
    String whole =
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,1],\"data\":[1.5,-2e3,null,\"\\u00e9\",true]}],"
            + "\"id\":\"ü\"}";
    String signs = "{}[]:,\"\\0123456789.eE+-truefalsn \t\n\u0001'/";
    SplittableRandom random = new SplittableRandom(20261126);
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder(whole);
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, signs.charAt(random.nextInt(signs.length())));
          default -> text.setCharAt(at, signs.charAt(random.nextInt(signs.length())));
        }
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      assertThat(told(FUNCTION, bytes)).as("%s", text).isEqualTo(told(SERVER, bytes));
    }
  }

  @Test
  void skipChildren_goesToTheEndOfWhatBeginsHere() throws IOException {
    byte[] bytes = "{\"a\":[1,[2],{\"b\":3}],\"c\":4}".getBytes(StandardCharsets.UTF_8);
    for (Opening opening : List.of(SERVER, FUNCTION)) {
      try (JsonInput in = opening.open(bytes)) {
        in.nextToken();
        in.nextToken();
        assertThat(in.nextToken()).isEqualTo(JsonToken.START_ARRAY);
        in.skipChildren();
        assertThat(in.currentToken()).isEqualTo(JsonToken.END_ARRAY);
        in.skipChildren();
        assertThat(in.nextToken()).isEqualTo(JsonToken.FIELD_NAME);
        assertThat(in.currentName()).isEqualTo("c");
      }
    }
  }

  @Test
  void nextToken_ofADamagedText_namesThePlace() throws IOException {
    byte[] bytes = "{\"a\":1,\n \"b\":?}".getBytes(StandardCharsets.UTF_8);
    try (JsonInput in = FUNCTION.open(bytes)) {
      assertThatThrownBy(
              () -> {
                while (in.nextToken() != JsonToken.NOT_AVAILABLE) {
                  in.currentToken();
                }
              })
          .hasMessage("Unexpected character at line 2, column 6");
    }
  }
}
