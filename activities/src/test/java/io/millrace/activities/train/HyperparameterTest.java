package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HyperparameterTest {
  @Test
  void read_ofAChoice_takesItsWordsOnly() {
    var choice = new Hyperparameter.Choice("class-weight", "none", List.of("none", "balanced"));
    assertThat(choice.fallback()).isEqualTo("none");
    assertThat(choice.read("balanced")).contains("balanced");
    assertThat(choice.read("Balanced")).isEmpty();
    assertThat(choice.read(1)).isEmpty();
    assertThat(choice.expected()).isEqualTo("one of [none, balanced]");
  }

  @Test
  void read_ofATextOrTexts_takesWhatHasTheForm() {
    Pattern size = Pattern.compile("[0-9]+GB");
    var text = new Hyperparameter.Text("memory", "2GB", false, size, "a size such as 2GB");
    assertThat(text.read("16GB")).contains("16GB");
    assertThat(text.read("16")).isEmpty();
    assertThat(text.read(16)).isEmpty();
    var texts = new Hyperparameter.Texts("sizes", size, 2, "sizes such as 2GB");
    assertThat(texts.fallback()).isEqualTo(List.of());
    assertThat(texts.read(List.of("1GB", "2GB"))).contains(List.of("1GB", "2GB"));
    assertThat(texts.read(List.of("1GB", "2GB", "3GB"))).isEmpty();
    assertThat(texts.read(List.of("1GB", 2))).isEmpty();
    assertThat(texts.read("1GB")).isEmpty();
    assertThat(texts.expected()).isEqualTo("at most 2 sizes such as 2GB");
  }

  @Test
  void values_areReadInTheirOwnType() {
    var values = new Hyperparameters(Map.of("word", "none", "texts", List.of("a", "b")));
    assertThat(values.text("word")).isEqualTo("none");
    assertThat(values.texts("texts")).containsExactly("a", "b");
  }
}
