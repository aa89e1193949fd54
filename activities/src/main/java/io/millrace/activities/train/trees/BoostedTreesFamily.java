package io.millrace.activities.train.trees;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.activities.train.ModelFamily;
import io.millrace.activities.train.TabularData;
import io.millrace.activities.train.Trial;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gradient-boosted decision trees on XGBoost. Numbers are taken as they are: no scaling, no
 * imputation, each split learns where a missing value goes. A boosting round is what the other
 * families call an epoch: the objective is measured after each, and the best round's trees are
 * packaged.
 */
public final class BoostedTreesFamily implements ModelFamily {
  /** A round does far less than a pass of a net: so many stand for one of the spec's epochs. */
  private static final int ROUNDS_PER_EPOCH = 10;

  /**
   * A category of more levels is one input, by which splits cut groups of levels of like frequency;
   * so many inputs for one column would make every round slow.
   */
  private static final int MOST_ONE_HOT = 16;

  private static final String BALANCED = "balanced";

  @Override
  public String name() {
    return "boosted-trees";
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Whole("depth", 5, 1, 16),
        new Hyperparameter.Real("learning-rate", 0.05, 1e-4, 1, false),
        // 0: ten for each of the spec's max-epochs
        new Hyperparameter.Whole("rounds", 0, 0, 100_000),
        new Hyperparameter.Real("min-child-weight", 1, 0, 1e6, false),
        new Hyperparameter.Real("subsample", 0.8, 0.01, 1, false),
        new Hyperparameter.Real("column-subsample", 0.8, 0.01, 1, false),
        new Hyperparameter.Real("l2", 1, 0, 1e6, false),
        new Hyperparameter.Real("l1", 0, 0, 1e6, false),
        new Hyperparameter.Real("gamma", 0, 0, 1e6, false),
        new Hyperparameter.Whole("bins", 256, 2, 65_536),
        new Hyperparameter.Choice("class-weight", "none", List.of("none", BALANCED)));
  }

  @Override
  public Fitted fit(Trial trial) {
    TrialRequest request = trial.request();
    Hyperparameters values = trial.values();
    Boosting.Limits limits = limits(values, request);
    trial.plan(limits.rounds());
    TabularData data = trial.table(EncodingPlan.raw(MOST_ONE_HOT));
    Goal goal =
        Goal.of(
            request.task().scored(),
            data.manifest().classes().size(),
            data.train().labels(),
            values.text("class-weight").equals(BALANCED));
    BoostingState start =
        trial
            .resume(content -> state(content, data.width(), goal))
            .orElseGet(() -> BoostingState.initial(goal.outputs()));
    BoostingState end;
    try (Grower grower = new Grower(settings(values, request), goal, data.train())) {
      Watched watched = new Watched(trial, data.train().rows(), data.validation().labels());
      end = new Boosting(grower, goal, limits, data.train(), data.validation(), watched).run(start);
    }
    if (end.bestRound() == 0) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, "rounds: 0 (expected: > 0)");
    }
    List<Tree> best = end.best();
    return new Fitted(
        data.features(),
        data.encodings(),
        TreeGraph.of(goal, best, data.width()),
        goal.scores(Boosting.sums(goal, best, data.validation())),
        goal.scale(),
        end.rounds(),
        end.bestRound(),
        end.rounds(),
        best.stream().mapToLong(Tree::nodes).sum(),
        end.history(),
        end.losses());
  }

  private static Boosting.Limits limits(Hyperparameters values, TrialRequest request) {
    int rounds = values.whole("rounds");
    return new Boosting.Limits(
        rounds > 0 ? rounds : Math.multiplyExact(ROUNDS_PER_EPOCH, request.maxEpochs()),
        Math.multiplyExact(ROUNDS_PER_EPOCH, request.patience()));
  }

  private static Grower.Settings settings(Hyperparameters values, TrialRequest request) {
    return new Grower.Settings(
        values.whole("depth"),
        values.real("learning-rate"),
        values.real("min-child-weight"),
        values.real("subsample"),
        values.real("column-subsample"),
        values.real("l2"),
        values.real("l1"),
        values.real("gamma"),
        values.whole("bins"),
        request.threads(),
        request.seed());
  }

  private static @Nullable BoostingState state(byte[] content, int width, Goal goal)
      throws java.io.IOException {
    BoostingState state = BoostingState.decode(content);
    return state.fits(width, goal.outputs()) ? state : null;
  }

  /** The trial, looking on. */
  private record Watched(Trial trial, int rows, double[] labels) implements Boosting.Watch {
    @Override
    public double measure(float[] scores) {
      return trial.measure(labels, scores);
    }

    @Override
    public boolean better(double value, @Nullable Double best) {
      return trial.better(value, best);
    }

    /**
     * Every round is offered; one that the store was too slow for costs nothing, not even its
     * encoding.
     */
    @Override
    public void grown(BoostingState state) {
      int round = state.rounds();
      Double best = state.bestValue();
      if (best != null) {
        trial.measured(best);
      }
      trial.moved(round, 1, rows, state.losses().getLast());
      // the best round's trees are in every later state, so no other need be kept
      trial.save(new Checkpoint(round, round, 0, round, state::encode), best);
    }
  }
}
