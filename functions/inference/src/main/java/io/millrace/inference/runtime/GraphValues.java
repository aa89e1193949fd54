package io.millrace.inference.runtime;

import static io.millrace.inference.runtime.RowSteps.unknown;

import io.millrace.inference.onnx.OnnxFile.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values of a graph that is being compiled: each name's array, and how wide it is. */
final class GraphValues {
  private final List<Integer> widths = new ArrayList<>();
  private final Map<String, Value> values = new HashMap<>();

  /**
   * @param place number of its array
   * @param column true for shape {@code (N)}, false for {@code (N, width)}
   */
  record Value(int place, int width, boolean column) {}

  /** The graph's input, {@code (N, width)}. */
  void input(String name, int width) {
    values.put(name, place(width, false));
  }

  /** The width of each array. */
  int[] widths() {
    int[] all = new int[widths.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = widths.get(i);
    }
    return all;
  }

  /** Room for a value that has no name. */
  Value place(int width, boolean column) {
    widths.add(width);
    return new Value(widths.size() - 1, width, column);
  }

  Value of(String name) {
    Value known = values.get(name);
    if (known == null) {
      throw unknown("value " + name, "one that an earlier node makes");
    }
    return known;
  }

  Value input(Node node, int i) {
    return of(node.inputs().get(i));
  }

  /** A node's result: room for it under its name. */
  int result(Node node, int width, boolean column) {
    Value made = place(width, column);
    if (node.outputs().size() != 1 || values.put(node.outputs().getFirst(), made) != null) {
      throw unknown("outputs " + node.outputs() + " of " + node.operator(), "one, of a new name");
    }
    return made.place;
  }

  /** A node's input of shape {@code (N, width)}. */
  Value matrix(Node node, int i) {
    Value x = input(node, i);
    if (x.column) {
      throw unknown("one column for " + node.operator(), "(N, width)");
    }
    return x;
  }
}
