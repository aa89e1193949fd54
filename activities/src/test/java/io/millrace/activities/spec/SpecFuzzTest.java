package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Whatever comes in, the parser answers with a spec or with problems. */
final class SpecFuzzTest {
  private static final String[] TOKENS = {
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "\n",
    "  ",
    "&a",
    "*a",
    "!!int ",
    "|",
    ">",
    "\"",
    "'",
    "#",
    "?",
    "1e999",
    ".nan",
    ".inf",
    "-",
    "%",
    "0x1f",
    "null",
    "~",
    "\t",
    "\u0000",
    "é",
    "2020-01-01",
    "<<: "
  };
  private static final RandomGenerator RANDOM =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20260101);

  @Test
  void parse_ofMutatedText_givesASpecOrProblems() throws IOException {
    for (String example : new String[] {"credit", "car-loan"}) {
      String text =
          Files.readString(SpecTexts.ROOT.resolve("infra/examples/" + example + "/pipeline.yaml"));
      for (int i = 0; i < 1500; i++) {
        StringBuilder mutant = new StringBuilder(text);
        for (int n = 1 + RANDOM.nextInt(4); n > 0; n--) {
          int at = RANDOM.nextInt(mutant.length());
          switch (RANDOM.nextInt(3)) {
            case 0 -> mutant.insert(at, TOKENS[RANDOM.nextInt(TOKENS.length)]);
            case 1 -> mutant.delete(at, Math.min(mutant.length(), at + 1 + RANDOM.nextInt(12)));
            default -> mutant.setCharAt(at, (char) RANDOM.nextInt(0x20, 0x250));
          }
        }
        answers(() -> SpecParser.parse(mutant.toString().getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  @Test
  void parse_ofRandomBytes_givesProblems() {
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[RANDOM.nextInt(200)];
      RANDOM.nextBytes(bytes);
      answers(() -> SpecParser.parse(bytes));
    }
  }

  @Test
  void parse_ofMutatedTrees_givesASpecOrProblems() throws IOException {
    JsonNode tree =
        new YAMLMapper()
            .readTree(SpecTexts.ROOT.resolve("infra/examples/credit/pipeline.yaml").toFile());
    for (int i = 0; i < 1500; i++) {
      ObjectNode mutant = tree.deepCopy();
      for (int n = 1 + RANDOM.nextInt(3); n > 0; n--) {
        List<JsonNode> holders = new ArrayList<>();
        collect(mutant, holders);
        change(holders.get(RANDOM.nextInt(holders.size())));
      }
      Map<String, Object> fields =
          PayloadJson.mapper().convertValue(mutant, PayloadJson.mapper().constructType(Map.class));
      answers(() -> SpecParser.parse(fields));
    }
  }

  private interface Parse {
    Spec run();
  }

  private static void answers(Parse parse) {
    try {
      Spec spec = parse.run();
      assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
    } catch (SpecProblems problems) {
      assertThat(problems.problems()).isNotEmpty();
    }
  }

  private static void collect(JsonNode node, List<JsonNode> holders) {
    if (node.isContainerNode()) {
      holders.add(node);
      node.forEach(child -> collect(child, holders));
    }
  }

  private static void change(JsonNode holder) {
    if (holder instanceof ObjectNode object && !object.isEmpty()) {
      List<String> keys = object.properties().stream().map(Map.Entry::getKey).toList();
      String key = keys.get(RANDOM.nextInt(keys.size()));
      if (RANDOM.nextBoolean()) {
        object.set(key, junk());
      } else {
        object.set(key + "x", object.remove(key));
      }
    } else if (holder instanceof ArrayNode array) {
      array.insert(RANDOM.nextInt(array.size() + 1), junk());
    }
  }

  private static JsonNode junk() {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (RANDOM.nextInt(10)) {
      case 0 -> json.nullNode();
      case 1 -> json.booleanNode(true);
      case 2 -> json.numberNode(-1);
      case 3 -> json.numberNode(Long.MAX_VALUE);
      case 4 -> json.numberNode(1e300);
      case 5 -> json.textNode("");
      case 6 -> json.textNode("PT999999999999999H");
      case 7 -> json.arrayNode().add(1);
      case 8 -> json.objectNode().put("a", 1);
      default -> json.textNode("5%");
    };
  }
}
