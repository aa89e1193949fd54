package io.millrace.inference.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a JSON boolean is to a category whose texts came from a file. */
class BooleansTest {
  private static Schema schema(Encoding encoding, Feature.Kind kind) {
    Feature feature = new Feature("member", kind, false, null, null, null, null);
    return new Schema(
        new ModelManifest(
            1,
            "m",
            "binary",
            "linear",
            List.of(feature),
            List.of(encoding),
            encoding.width(),
            new ModelManifest.Graph("model.onnx", "0".repeat(64), "x", "y"),
            new ModelManifest.Output("y", List.of("0", "1"), 0.5)));
  }

  private static List<String> read(String... levels) {
    Rows rows = new Rows(schema(new Encoding.OneHot(List.of(levels)), Feature.Kind.CATEGORY));
    rows.row(Map.of("member", true));
    rows.row(Map.of("member", false));
    rows.check();
    return Arrays.asList((String[]) rows.columns().getFirst()).subList(0, 2);
  }

  @Test
  void aBoolean_isTheLevelThatDiffersInCaseOnly() {
    assertThat(read("False", "True")).containsExactly("True", "False");
    assertThat(read("FALSE", "TRUE", "maybe")).containsExactly("TRUE", "FALSE");
  }

  @Test
  void aBoolean_isItsOwnTextWhenThatIsALevelOrNoneIsMeant() {
    assertThat(read("False", "True", "false", "true")).containsExactly("true", "false");
    assertThat(read("TRUE", "True")).as("two are as near").containsExactly("true", "false");
    assertThat(read("no", "yes")).containsExactly("true", "false");
  }

  @Test
  void aBooleanWhereANumberIsWanted_isAProblem() {
    Rows rows = new Rows(schema(new Encoding.Standard(0, 1, 0, false), Feature.Kind.NUMBER));
    rows.row(Map.of("member", true));
    assertThatThrownBy(rows::check)
        .hasMessageContaining("member: true (expected: a finite number)");
  }
}
