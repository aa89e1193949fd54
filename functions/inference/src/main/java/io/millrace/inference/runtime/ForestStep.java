package io.millrace.inference.runtime;

import io.millrace.inference.onnx.OnnxFile.Attribute;
import io.millrace.inference.onnx.OnnxFile.Node;
import io.millrace.inference.onnx.OnnxInvalid;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trees added up: {@code TreeEnsembleRegressor} of ai.onnx.ml 3, with branches {@code <} or {@code
 * <=} on one feature, one number per leaf, missing values (NaN) by each node's own side. Sums are
 * double.
 */
final class ForestStep implements Step {
  /** What a node of a tree takes, measured in multiply-adds of a net: its load is not foreseen. */
  private static final int NODE_COST = 8;

  private static final int FIELDS = 4;
  private static final int LEAF = -1;

  private final int x;
  private final int y;

  /**
   * Four numbers per node, beside each other: feature (or {@link #LEAF}), the bits of the threshold
   * (or of the leaf's number), where to go on when it holds, and when not.
   */
  private final int[] nodes;

  /** NaN goes to the side of true. */
  private final boolean[] missingTrue;

  private final boolean orEqual;

  /** The roots of each target's trees. */
  private final int[][] roots;

  private final double[] base;
  private final long cost;

  private ForestStep(
      int x,
      int y,
      int[] nodes,
      boolean[] missingTrue,
      boolean orEqual,
      int[][] roots,
      double[] base) {
    this.x = x;
    this.y = y;
    this.nodes = nodes;
    this.missingTrue = missingTrue;
    this.orEqual = orEqual;
    this.roots = roots;
    this.base = base;
    long depth = 0;
    int[] visits = new int[1];
    for (int[] trees : roots) {
      for (int root : trees) {
        depth += depth(root, 0, visits);
      }
    }
    cost = NODE_COST * depth;
  }

  /** Of the deepest leaf. */
  private int depth(int node, int above, int[] visits) {
    if (++visits[0] > missingTrue.length || above > 1_000) {
      throw new OnnxInvalid("trees: a way that leads back, or 1000 deep (expected: trees)");
    }
    return nodes[node] == LEAF
        ? above
        : Math.max(
            depth(nodes[node + 2], above + 1, visits), depth(nodes[node + 3], above + 1, visits));
  }

  /**
   * @param features width of the input
   * @throws OnnxInvalid when the node is of another kind
   */
  static ForestStep of(Node node, int x, int features, int y) {
    Attributes of = new Attributes(node.attributes());
    of.expect("aggregate_function", "SUM");
    of.expect("post_transform", "NONE");
    long[] trees = of.wholes("nodes_treeids");
    long[] ids = of.wholes("nodes_nodeids");
    long[] feature = of.wholes("nodes_featureids");
    long[] trues = of.wholes("nodes_truenodeids");
    long[] falses = of.wholes("nodes_falsenodeids");
    float[] thresholds = of.numbers("nodes_values");
    List<String> modes = of.texts("nodes_modes");
    Attribute missing = node.attributes().get("nodes_missing_value_tracks_true");
    Map<Long, Integer> places = new HashMap<>();
    Map<Long, Integer> roots = new LinkedHashMap<>();
    for (int i = 0; i < trees.length; i++) {
      if (places.put(key(trees[i], ids[i]), i * FIELDS) != null) {
        throw new OnnxInvalid("trees: node " + ids[i] + " twice (expected: every node once)");
      }
      roots.putIfAbsent(trees[i], i * FIELDS); // the first node of a tree is its root
    }
    int[] nodes = new int[trees.length * FIELDS];
    boolean[] missingTrue = new boolean[trees.length];
    boolean less = modes.contains("BRANCH_LT");
    String mode = less ? "BRANCH_LT" : "BRANCH_LEQ";
    for (int i = 0; i < trees.length; i++) {
      int at = i * FIELDS;
      if (modes.get(i).equals("LEAF")) {
        nodes[at] = LEAF;
        continue;
      }
      if (!modes.get(i).equals(mode) || feature[i] < 0 || feature[i] >= features) {
        throw new OnnxInvalid(
            "trees: %s of feature %d (expected: %s of one of %d)"
                .formatted(modes.get(i), feature[i], mode, features));
      }
      nodes[at] = (int) feature[i];
      nodes[at + 1] = Float.floatToRawIntBits(thresholds[i]);
      nodes[at + 2] = place(places, trees[i], trues[i]);
      nodes[at + 3] = place(places, trees[i], falses[i]);
      missingTrue[i] = missing != null && missing.wholes().length > i && missing.wholes()[i] != 0;
    }
    double[] base = new double[Math.toIntExact(of.whole("n_targets"))];
    Attribute start = node.attributes().get("base_values");
    for (int i = 0; start != null && i < Math.min(base.length, start.numbers().length); i++) {
      base[i] = start.numbers()[i];
    }
    Map<Long, Integer> targets = leaves(of, places, nodes, base.length);
    int[][] first = new int[base.length][];
    for (int target = 0; target < base.length; target++) {
      int own = target;
      first[target] =
          roots.entrySet().stream()
              .filter(root -> targets.getOrDefault(root.getKey(), 0) == own)
              .mapToInt(Map.Entry::getValue)
              .toArray();
    }
    return new ForestStep(x, y, nodes, missingTrue, !less, first, base);
  }

  /** Sets the leaves' numbers. @return the one target of each tree */
  private static Map<Long, Integer> leaves(
      Attributes of, Map<Long, Integer> places, int[] nodes, int targets) {
    long[] trees = of.wholes("target_treeids");
    long[] ids = of.wholes("target_nodeids");
    long[] target = of.wholes("target_ids");
    float[] weights = of.numbers("target_weights");
    Map<Long, Integer> ofTrees = new HashMap<>();
    boolean[] given = new boolean[nodes.length / FIELDS];
    for (int i = 0; i < trees.length; i++) {
      int at = place(places, trees[i], ids[i]);
      if (nodes[at] != LEAF || given[at / FIELDS] || target[i] < 0 || target[i] >= targets) {
        throw new OnnxInvalid("trees: leaf " + ids[i] + " (expected: one number per leaf)");
      }
      Integer other = ofTrees.put(trees[i], (int) target[i]);
      if (other != null && other != target[i]) {
        throw new OnnxInvalid("trees: " + trees[i] + " has two targets (expected: one per tree)");
      }
      given[at / FIELDS] = true;
      nodes[at + 1] = Float.floatToRawIntBits(weights[i]);
    }
    return ofTrees;
  }

  private static long key(long tree, long node) {
    return tree << 32 | node;
  }

  private static int place(Map<Long, Integer> places, long tree, long node) {
    Integer at = places.get(key(tree, node));
    if (at == null) {
      throw new OnnxInvalid("trees: node " + node + " (expected: one of tree " + tree + ")");
    }
    return at;
  }

  int outputs() {
    return base.length;
  }

  @Override
  public void run(float[][] values, int[] index) {
    float[] in = values[x];
    float[] out = values[y];
    for (int target = 0; target < out.length; target++) {
      double sum = base[target];
      for (int root : roots[target]) {
        sum += leaf(in, root);
      }
      out[target] = (float) sum;
    }
  }

  private float leaf(float[] in, int root) {
    int at = root;
    while (true) {
      int feature = nodes[at];
      if (feature == LEAF) {
        return Float.intBitsToFloat(nodes[at + 1]);
      }
      float value = in[feature];
      float threshold = Float.intBitsToFloat(nodes[at + 1]);
      boolean holds =
          Float.isNaN(value)
              ? missingTrue[at / FIELDS]
              : orEqual ? value <= threshold : value < threshold;
      at = nodes[at + (holds ? 2 : 3)];
    }
  }

  @Override
  public long cost() {
    return cost;
  }

  /** Attributes that must be there. */
  private record Attributes(Map<String, Attribute> all) {
    Attribute of(String name) {
      @Nullable Attribute found = all.get(name);
      if (found == null) {
        throw new OnnxInvalid("trees: no " + name + " (expected: one)");
      }
      return found;
    }

    long whole(String name) {
      return of(name).whole();
    }

    long[] wholes(String name) {
      return of(name).wholes();
    }

    float[] numbers(String name) {
      return of(name).numbers();
    }

    List<String> texts(String name) {
      return of(name).texts();
    }

    void expect(String name, String text) {
      Attribute found = all.get(name);
      if (found != null && !found.text().equals(text)) {
        throw new OnnxInvalid("trees: " + name + " " + found.text() + " (expected: " + text + ")");
      }
    }
  }
}
