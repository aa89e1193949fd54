package io.millrace.activities.train.trees;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.train.Rows;
import io.millrace.activities.train.Seeds;
import io.millrace.activities.train.Trial;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.Column;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import ml.dmlc.xgboost4j.java.util.BigDenseMatrix;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Grows the trees of one round with XGBoost (Chen and Guestrin 2016). A round is a function of the
 * data, the margins so far, the seed and the round's number, and of nothing else: each has a
 * booster of its own, which starts from our margins. One booster for all rounds could not be
 * resumed exactly: its column sampler is seeded when the process first grows a tree, and its cache
 * of predictions is not in what it saves. The histogram cuts stay with the matrix, so a booster
 * costs no second pass over the data. Not thread-safe.
 */
final class Grower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Grower.class);

  private final Settings settings;
  private final Goal goal;
  private final int rows;
  private final DMatrix matrix;
  private final ByteBuffer margins;

  /**
   * @param depth of a tree at most
   * @param minChildWeight least sum of second derivatives in a leaf
   * @param subsample share of the rows a round looks at
   * @param columnSubsample share of the inputs a tree may use
   * @param l2 penalty on the squares of leaves
   * @param l1 penalty on their absolute values
   * @param gamma least gain of a split
   * @param bins of a histogram
   */
  record Settings(
      int depth,
      double learningRate,
      double minChildWeight,
      double subsample,
      double columnSubsample,
      double l2,
      double l1,
      double gamma,
      int bins,
      int threads,
      long seed) {}

  /** Copies the rows into XGBoost's own memory. */
  Grower(Settings settings, Goal goal, Rows train) {
    this.settings = settings;
    this.goal = goal;
    this.rows = train.rows();
    this.margins =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, Math.multiplyExact(rows, goal.outputs())))
            .order(ByteOrder.nativeOrder());
    this.matrix = matrix(train);
    float[] targets = goal.targets(train.labels());
    try {
      matrix.setLabel(targets);
      if (goal.weights().length > 0) {
        float[] weights = new float[rows];
        for (int row = 0; row < rows; row++) {
          weights[row] = goal.weights()[(int) targets[row]];
        }
        matrix.setWeight(weights);
      }
    } catch (XGBoostError e) {
      matrix.dispose();
      throw broken(e);
    }
  }

  @SuppressWarnings("restricted") // the address and the size are those of the library's own array
  private static DMatrix matrix(Rows train) {
    BigDenseMatrix dense = new BigDenseMatrix(train.rows(), train.width());
    try {
      MemorySegment from = MemorySegment.ofBuffer(train.inputs().duplicate().clear());
      MemorySegment.ofAddress(dense.address).reinterpret(from.byteSize()).copyFrom(from);
      DMatrix matrix = new DMatrix(dense, Float.NaN);
      forgetLibraryFile();
      return matrix;
    } catch (XGBoostError e) {
      throw broken(e);
    } finally {
      dense.dispose();
    }
  }

  /**
   * The trees of a round, one per output.
   *
   * @param sums {@code (rows, outputs)} of the trees so far
   * @param round 1, 2, …
   * @throws io.temporal.failure.ApplicationFailure {@code TRAINING_DIVERGED} when a sum is not
   *     finite
   */
  List<Tree> grow(float[] sums, int round) {
    FloatBuffer into = margins.asFloatBuffer();
    int outputs = goal.outputs();
    for (int i = 0; i < sums.length; i++) {
      float margin = goal.start()[i % outputs] + sums[i];
      if (!Float.isFinite(margin)) {
        throw Trial.diverged("margin", round, round);
      }
      into.put(i, margin);
    }
    try {
      matrix.setBaseMargin(new Margins(margins, rows, outputs));
      Booster booster = XGBoost.train(matrix, parameters(round), 1, new HashMap<>(), null, null);
      try {
        return trees(booster.toByteArray("json"));
      } finally {
        booster.dispose();
      }
    } catch (XGBoostError e) {
      throw broken(e);
    }
  }

  private Map<String, Object> parameters(int round) {
    Map<String, Object> all = new HashMap<>();
    all.put("objective", goal.objective());
    // of no consequence, because every row has a margin; but it would be estimated otherwise
    all.put("base_score", 0.5);
    if (goal.outputs() > 1) {
      all.put("num_class", goal.outputs());
    }
    all.put("tree_method", "hist");
    all.put("max_depth", settings.depth());
    all.put("eta", settings.learningRate());
    all.put("min_child_weight", settings.minChildWeight());
    all.put("subsample", settings.subsample());
    all.put("colsample_bytree", settings.columnSubsample());
    all.put("lambda", settings.l2());
    all.put("alpha", settings.l1());
    all.put("gamma", settings.gamma());
    all.put("max_bin", settings.bins());
    all.put("nthread", settings.threads());
    // 31 bits: the library reads a signed number, and its own generator takes no more
    all.put("seed", Seeds.mix(settings.seed(), round) >>> 33);
    all.put("seed_per_iteration", true);
    all.put("disable_default_eval_metric", 1);
    all.put("verbosity", 0);
    return all;
  }

  private List<Tree> trees(byte[] json) {
    try {
      JsonNode grown =
          PayloadJson.mapper()
              .readTree(json)
              .path("learner")
              .path("gradient_booster")
              .path("model")
              .path("trees");
      List<Tree> trees = new ArrayList<>();
      for (JsonNode tree : grown) {
        trees.add(Tree.of(tree));
      }
      if (trees.size() != goal.outputs()) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            "trees of a round: " + trees.size() + " (expected: " + goal.outputs() + ")");
      }
      return trees;
    } catch (IOException e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, "model of a round: unreadable (expected: JSON)");
    }
  }

  /** Frees the native memory. */
  @Override
  public void close() {
    matrix.dispose();
  }

  /** Margins as the library reads them: an address and a shape, in NumPy's array interface. */
  private static final class Margins extends Column {
    private final ByteBuffer values;
    private final int rows;
    private final int outputs;

    Margins(ByteBuffer values, int rows, int outputs) {
      this.values = values;
      this.rows = rows;
      this.outputs = outputs;
    }

    @Override
    public void close() {
      // the buffer is the grower's
    }

    @Override
    public String toJson() {
      return "{\"data\": ["
          + MemorySegment.ofBuffer(values).address()
          + ", true], \"shape\": ["
          + rows
          + ", "
          + outputs
          + "], \"typestr\": \"<f4\", \"version\": 3}";
    }
  }

  /**
   * The library unpacks 15 MB to the temporary folder in every process and removes it in an orderly
   * exit only. Nodes are killed, so the file goes as soon as it is mapped.
   */
  private static void forgetLibraryFile() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
        int at = line.indexOf('/');
        if (at >= 0 && line.contains("/libxgboost4j") && line.endsWith(".so")) {
          Files.deleteIfExists(Path.of(line.substring(at)));
        }
      }
    } catch (IOException e) {
      // not Linux, or not ours to remove: it is removed at the exit then
      LOG.debug("the unpacked library stays until the exit", e);
    }
  }

  private static RuntimeException broken(XGBoostError e) {
    String message = String.valueOf(e.getMessage());
    // the rest is a stack of native addresses
    return Failures.of(
        FailureType.INVARIANT_BROKEN,
        e,
        "xgboost: " + message.lines().findFirst().orElse("") + " (expected: no error)");
  }
}
