package io.millrace.activities.train.net;

import io.millrace.activities.dataset.DatasetManifest;
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
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A family of nets, trained by {@link TrainingLoop}: what differs is the {@link Plan}. */
public abstract class NetFamily implements ModelFamily {
  /** Levels above which a category is embedded rather than one-hot, where nothing else is said. */
  static final int MANY_LEVELS = 50;

  /** What every net may be asked for. */
  static final Hyperparameter CLASS_WEIGHT =
      new Hyperparameter.Choice("class-weight", "none", List.of("none", "balanced"));

  /**
   * @param columns how they become inputs
   * @param net of the inputs
   * @param learningRate of Adam, at the start
   * @param weightDecay decoupled (AdamW), of weights, not of biases
   */
  record Plan(EncodingPlan columns, Architecture net, double learningRate, double weightDecay) {}

  /** Layers, made when the inputs are known. */
  interface Architecture {
    /**
     * All layers; the last one's values are logits, or the scaled target.
     *
     * @param outputs units of the last layer
     * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when there is no such net
     *     over such data
     */
    List<Layer> layers(TabularData data, int outputs);
  }

  /**
   * The net and how it is trained.
   *
   * @param data as the spec declares it
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID}, {@code DATA_INVALID}
   *     when the columns do not allow it
   */
  abstract Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset);

  @Override
  public List<String> problems(Hyperparameters values, Task task, DataSpec data) {
    return balanced(values) && task.scored() == Task.REGRESSION
        ? List.of("class-weight: balanced (expected: none for " + task.word() + ")")
        : List.of();
  }

  private boolean balanced(Hyperparameters values) {
    return hyperparameters().contains(CLASS_WEIGHT)
        && values.text(CLASS_WEIGHT.name()).equals("balanced");
  }

  @Override
  public Fitted fit(Trial trial) {
    TrialRequest request = trial.request();
    Plan plan = plan(trial.values(), request.data(), trial.datasets().manifest(request.dataset()));
    TabularData data = trial.table(plan.columns());
    double[] labels = data.train().labels();
    Objective even = Objective.of(request.task(), data.manifest().classes().size(), labels);
    Objective objective = balanced(trial.values()) ? even.balanced(labels) : even;
    FeedForward net = new FeedForward(data.width(), plan.net().layers(data, objective.outputs()));
    TrainingLoop loop =
        new TrainingLoop(
            net,
            objective,
            new TrainingLoop.Settings(
                request.seed(),
                plan.learningRate(),
                plan.weightDecay(),
                request.batchSize(),
                request.maxEpochs(),
                request.patience(),
                trial.stopAfter(request.maxEpochs())),
            data.train(),
            data.validation(),
            new Watched(trial, data.validation().labels()));
    TrainingState end =
        loop.run(
            trial
                .resume(content -> state(content, net))
                .orElseGet(() -> TrainingState.initial(net, request.seed())));
    float[][] best = end.best();
    if (best == null) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, "epochs: 0 (expected: > 0)");
    }
    return new Fitted(
        data.features(),
        data.encodings(),
        OnnxGraph.of(net, objective, best),
        TrainingLoop.scores(net, objective, best, data.validation()),
        objective.scale(),
        end.cursor().epoch(),
        end.cursor().bestEpoch(),
        end.cursor().step(),
        net.size(),
        end.cursor().history(),
        end.cursor().losses());
  }

  private static @Nullable TrainingState state(byte[] content, FeedForward net)
      throws java.io.IOException {
    TrainingState state = TrainingState.decode(content);
    return state.fits(net) ? state : null;
  }

  /** The trial, looking on. */
  private record Watched(Trial trial, double[] labels) implements TrainingLoop.Watch {
    @Override
    public boolean moved(int epoch, int batch, int batches, int rows, double loss) {
      return trial.moved(epoch, (double) batch / batches, rows, loss);
    }

    @Override
    public void save(TrainingState state) {
      TrainingState.Cursor cursor = state.cursor();
      trial.save(
          new Checkpoint(
              cursor.step(), cursor.epoch(), cursor.batch(), cursor.bestStep(), state::encode),
          cursor.bestValue());
    }

    @Override
    public double measure(float[] scores) {
      return trial.measure(labels, scores);
    }

    @Override
    public boolean better(double value, @Nullable Double best) {
      return trial.better(value, best);
    }
  }
}
