package io.millrace.activities.train.net;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.activities.train.ModelFamily;
import io.millrace.activities.train.TabularData;
import io.millrace.activities.train.Trial;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A family of nets, trained by {@link TrainingLoop}: what differs is the {@link Plan}. */
public abstract class NetFamily implements ModelFamily {
  /**
   * @param layers between the inputs and the last, dense layer, which every net has
   * @param learningRate of Adam, at the start
   * @param weightDecay decoupled (AdamW), of weights, not of biases
   * @param bins inputs a number column is given at most; 0 standardises it to one
   */
  protected record Plan(List<Layer> layers, double learningRate, double weightDecay, int bins) {
    public Plan {
      layers = List.copyOf(layers);
    }
  }

  /** The net and how it is trained. */
  protected abstract Plan plan(Hyperparameters values);

  @Override
  public Fitted fit(Trial trial) {
    TrialRequest request = trial.request();
    Plan plan = plan(trial.values());
    TabularData data = trial.table(plan.bins());
    Objective objective =
        Objective.of(request.task(), data.manifest().classes().size(), data.train().labels());
    FeedForward net = new FeedForward(data.width(), plan.layers(), objective.outputs());
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
              cursor.step(), cursor.epoch(), cursor.batch(), cursor.bestStep(), state.encode()),
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
