package io.millrace.activities.spec;

import static io.millrace.activities.spec.SpecTexts.LEAST;
import static io.millrace.activities.spec.SpecTexts.problems;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no spec before it is read as one: hostile or broken YAML. */
final class SpecYamlTest {
  @ParameterizedTest
  @ValueSource(strings = {"../../etc/passwd", "a..b", "A", "a/b", "", "-a"})
  void parse_ofANameThatIsNoKey_refusesIt(String name) {
    assertThat(problems("model: '" + name + "'\n" + LEAST.substring(LEAST.indexOf('\n') + 1)))
        .singleElement()
        .asString()
        .startsWith("model: \"" + name + "\" (expected: lower-case letters");
  }

  @Test
  void parse_ofTenMegabytes_refusesItUnread() {
    assertThat(problems(LEAST + "# " + "x".repeat(10 << 20)))
        .containsExactly(
            "spec: "
                + ((10 << 20) + LEAST.length() + 2)
                + " bytes (expected: at most"
                + " 1048576)");
  }

  @Test
  void parse_ofWhatIsNoYaml_saysWhere() {
    assertThat(problems("model: churn\ndata: [1,\n  source: }"))
        .singleElement()
        .asString()
        .startsWith("spec: line 3, column 11 (expected: YAML, but ");
  }

  @Test
  void parse_ofABombOfAliases_refusesIt() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 18; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problems(bomb.toString())).singleElement().asString().startsWith("spec: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "42", "[1, 2]", "hello", "--- a\n--- b", "a: &x [*x]"})
  void parse_ofNoMapping_isRefused(String yaml) {
    assertThat(problems(yaml)).isNotEmpty();
  }

  @Test
  void parse_ofAKeyTwice_isRefused() {
    assertThat(problems(LEAST + "model: other\n"))
        .containsExactly("model: \"other\" (expected: each key once)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!!java.net.URL [x]", "!own {team: a}", "{team: !own a}"})
  void parse_ofATag_isRefused(String value) {
    assertThat(problems(LEAST + "owner: " + value + "\n")).isNotEmpty();
  }
}
