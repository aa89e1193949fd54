package io.millrace.activities.train.trees;

import io.millrace.activities.train.Rows;
import io.millrace.activities.train.Trial;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Boosting from a state to its end. Stopping after any round and going on from its {@link
 * BoostingState}, in another process, gives the same trees bit by bit: the sums of trees are ours,
 * added in float32 in the order the trees were grown, whether one by one or all at once.
 */
final class Boosting {
  private final Grower grower;
  private final Goal goal;
  private final Limits limits;
  private final Rows train;
  private final Rows validation;
  private final Watch watch;
  private final float[] targets;

  Boosting(Grower grower, Goal goal, Limits limits, Rows train, Rows validation, Watch watch) {
    this.grower = grower;
    this.goal = goal;
    this.limits = limits;
    this.train = train;
    this.validation = validation;
    this.watch = watch;
    this.targets = goal.targets(train.labels());
  }

  /**
   * @param rounds at most
   * @param patience rounds without improvement after which boosting ends
   */
  record Limits(int rounds, int patience) {}

  /** Who looks on. Called after each round; what it throws ends boosting. */
  interface Watch {
    /** The objective of the validation split's scores; finite. */
    double measure(float[] scores);

    /** Whether an objective is better than the best so far. */
    boolean better(double value, @Nullable Double best);

    /** A round is done, and this is the state after it. */
    void grown(BoostingState state);
  }

  /** Boosts on; returns the state at the end, which has a best round. */
  BoostingState run(BoostingState start) {
    float[] sums = sums(goal, start.trees(), train);
    float[] held = sums(goal, start.trees(), validation);
    List<Tree> trees = new ArrayList<>(start.trees());
    List<Double> history = new ArrayList<>(start.history());
    List<Double> losses = new ArrayList<>(start.losses());
    BoostingState state = start;
    while (!finished(state)) {
      int round = state.rounds() + 1;
      List<Tree> grown = grower.grow(sums, round);
      for (int output = 0; output < grown.size(); output++) {
        if (!grown.get(output).sound(train.width())) {
          throw Trial.diverged("leaf", round, round);
        }
        add(grown.get(output), train, sums, output);
        add(grown.get(output), validation, held, output);
      }
      double loss = goal.loss(sums, targets);
      if (!Double.isFinite(loss)) {
        throw Trial.diverged("loss", round, round);
      }
      trees.addAll(grown);
      losses.add(loss);
      double value = watch.measure(goal.scores(held));
      history.add(value);
      boolean better = watch.better(value, state.bestValue());
      state =
          new BoostingState(
              goal.outputs(),
              trees,
              better ? Double.valueOf(value) : state.bestValue(),
              better ? round : state.bestRound(),
              history,
              losses);
      watch.grown(state);
    }
    return state;
  }

  private boolean finished(BoostingState state) {
    int rounds = state.rounds();
    return rounds >= limits.rounds()
        || (rounds > 0 && rounds - state.bestRound() >= limits.patience());
  }

  private void add(Tree tree, Rows rows, float[] sums, int output) {
    tree.add(floats(rows), rows.rows(), rows.width(), sums, goal.outputs(), output);
  }

  /** {@code (rows, outputs)} sums of trees, in their order. */
  static float[] sums(Goal goal, List<Tree> trees, Rows rows) {
    float[] sums = new float[Math.multiplyExact(rows.rows(), goal.outputs())];
    FloatBuffer inputs = floats(rows);
    for (int t = 0; t < trees.size(); t++) {
      int output = t % goal.outputs();
      trees.get(t).add(inputs, rows.rows(), rows.width(), sums, goal.outputs(), output);
    }
    return sums;
  }

  private static FloatBuffer floats(Rows rows) {
    return rows.inputs().duplicate().order(ByteOrder.nativeOrder()).clear().asFloatBuffer();
  }
}
