package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * YAML text as a JSON tree. Scalars follow YAML 1.2's core schema, so the keys {@code on} and the
 * value {@code no} are text; keys are text always. A key without value is as good as absent.
 */
final class SpecTree {
  /** A spec is written by a person: a mebibyte is a thousand times what one needs. */
  static final int MAX_BYTES = 1 << 20;

  private static final int MAX_DEPTH = 30;
  private static final int MAX_VALUES = 20_000;

  private final Map<String, Integer> lines = new HashMap<>();
  private final List<Problem> problems;
  private int values;

  private SpecTree(List<Problem> problems) {
    this.problems = problems;
  }

  /**
   * A tree with the line of each path.
   *
   * @param lines from 1, by path
   */
  record Parsed(JsonNode root, Map<String, Integer> lines) {}

  /**
   * @param problems receives duplicate keys and the like
   * @throws SpecProblems when the bytes are no YAML at all
   */
  static Parsed parse(byte[] bytes, List<Problem> problems) {
    if (bytes.length > MAX_BYTES) {
      throw fatal("spec", bytes.length + " bytes", "at most " + MAX_BYTES, 0);
    }
    Node node = compose(text(bytes));
    if (node == null) {
      throw fatal("spec", "nothing", "keys and values such as model: churn", 0);
    }
    SpecTree tree = new SpecTree(problems);
    return new Parsed(tree.json(node, "", 0), tree.lines);
  }

  private static String text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw fatal("spec", "bytes that are no text", "YAML in UTF-8", 0);
    }
  }

  private static Node compose(String text) {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MAX_BYTES);
    limits.setMaxAliasesForCollections(20);
    limits.setNestingDepthLimit(MAX_DEPTH);
    DumperOptions unused = new DumperOptions();
    Yaml yaml =
        new Yaml(
            new SafeConstructor(limits), new Representer(unused), unused, limits, new CoreSchema());
    try {
      return yaml.compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      int column = e.getProblemMark() == null ? 0 : e.getProblemMark().getColumn() + 1;
      throw fatal(
          "spec",
          "line " + line + ", column " + column,
          "YAML, but " + oneLine(e.getProblem()),
          line);
    } catch (RuntimeException e) {
      // limits, control characters, and whatever else the parser finds
      throw fatal("spec", "text", "YAML, but " + oneLine(e.getMessage()), 0);
    }
  }

  private JsonNode json(Node node, String path, int depth) {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      throw fatal(
          path.isEmpty() ? "spec" : path,
          "too much",
          "at most " + MAX_DEPTH + " levels and " + MAX_VALUES + " values",
          line(node));
    }
    lines.putIfAbsent(path, line(node));
    if (!node.getTag().startsWith(Tag.PREFIX)) {
      problems.add(
          Problem.expected(path.isEmpty() ? "spec" : path, null, "a value without a tag")
              .at(line(node)));
    }
    return switch (node) {
      case MappingNode mapping -> object(mapping, path, depth);
      case SequenceNode sequence -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        List<Node> items = sequence.getValue();
        for (int i = 0; i < items.size(); i++) {
          array.add(json(items.get(i), Places.item(path, i), depth + 1));
        }
        yield array;
      }
      case ScalarNode scalar -> scalar(scalar);
      default -> throw fatal(path, "an alias", "a value", line(node));
    };
  }

  private ObjectNode object(MappingNode mapping, String path, int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(
            Problem.expected(path.isEmpty() ? "spec" : path, null, "keys that are text")
                .at(line(tuple.getKeyNode())));
        continue;
      }
      String place = Places.child(path, key.getValue());
      JsonNode value = json(tuple.getValueNode(), place, depth + 1);
      lines.put(place, line(key));
      if (object.has(key.getValue())) {
        problems.add(Problem.expected(place, value, "each key once").at(line(key)));
      } else {
        object.set(key.getValue(), value);
      }
    }
    return object;
  }

  private static JsonNode scalar(ScalarNode node) {
    String value = node.getValue();
    Tag tag = node.getTag();
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (tag.equals(Tag.NULL)) {
      return json.nullNode();
    } else if (tag.equals(Tag.BOOL)) {
      return json.booleanNode(value.toLowerCase(java.util.Locale.ROOT).equals("true"));
    } else if (tag.equals(Tag.INT) && CoreSchema.INTEGER.matcher(value).matches()) {
      long number = Long.parseLong(value);
      return number == (int) number ? json.numberNode((int) number) : json.numberNode(number);
    } else if (tag.equals(Tag.FLOAT) && CoreSchema.DECIMAL.matcher(value).matches()) {
      double number = Double.parseDouble(value);
      return Double.isFinite(number) ? json.numberNode(number) : json.textNode(value);
    }
    return json.textNode(value);
  }

  private static int line(Node node) {
    return node.getStartMark() == null ? 0 : node.getStartMark().getLine() + 1;
  }

  private static String oneLine(@Nullable String message) {
    String line = message == null ? "it is not" : message.replaceAll("\\s+", " ").strip();
    return line.length() <= 200 ? line : line.substring(0, 199) + "…";
  }

  private static SpecProblems fatal(String path, String value, String expected, int line) {
    return new SpecProblems(List.of(new Problem(path, value, "expected: " + expected, line)));
  }

  /** Which plain scalars are not text. */
  private static final class CoreSchema extends Resolver {
    /** A leading zero stays text: it is a code, not a number. */
    static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,17})");

    static final Pattern DECIMAL =
        Pattern.compile(
            "[-+]?(0|[1-9][0-9]{0,300}|(?=\\.[0-9]))(\\.[0-9]{0,300})?([eE][-+]?[0-9]{1,4})?");

    @Override
    public Tag resolve(NodeId kind, String value, boolean implicit) {
      if (kind != NodeId.scalar || !implicit) {
        return kind == NodeId.scalar ? Tag.STR : kind == NodeId.sequence ? Tag.SEQ : Tag.MAP;
      }
      return switch (value) {
        case "", "~", "null", "Null", "NULL" -> Tag.NULL;
        case "true", "True", "TRUE", "false", "False", "FALSE" -> Tag.BOOL;
        default ->
            INTEGER.matcher(value).matches()
                ? Tag.INT
                : DECIMAL.matcher(value).matches() ? Tag.FLOAT : Tag.STR;
      };
    }
  }
}
