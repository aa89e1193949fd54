package io.millrace.activities.train.net;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.activities.train.Rows;
import io.millrace.activities.train.Seeds;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.net.TrainingState.Cursor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Mini-batch training from a state to its end. The result is a pure function of data, settings and
 * seed: stopping after any batch and going on from its {@link TrainingState}, in another process,
 * gives the same bits on the same kind of processor with the same number of threads, or on the same
 * kind of GPU.
 */
final class TrainingLoop {
  /** The engine allows one gradient collector at a time, and its random numbers are global. */
  private static final ReentrantLock ENGINE = new ReentrantLock();

  /** Share of the first learning rate that is left at the last step. */
  private static final double LAST_RATE = 0.01;

  /** Numbers between two layers while rows are scored: 128 MiB. */
  private static final long MOST_AT_ONCE = 1L << 25;

  private final FeedForward net;
  private final Objective objective;
  private final Settings settings;
  private final Rows train;
  private final Rows validation;
  private final Watch watch;
  private final Device device;
  private final int batches;

  TrainingLoop(
      FeedForward net,
      Objective objective,
      Settings settings,
      Rows train,
      Rows validation,
      Watch watch) {
    this(net, objective, settings, train, validation, watch, NetDevice.here());
  }

  TrainingLoop(
      FeedForward net,
      Objective objective,
      Settings settings,
      Rows train,
      Rows validation,
      Watch watch,
      Device device) {
    this.net = net;
    this.objective = objective;
    this.settings = settings;
    this.train = train;
    this.validation = validation;
    this.watch = watch;
    this.device = device;
    this.batches = Math.ceilDiv(train.rows(), settings.batchSize());
  }

  /**
   * @param maxEpochs what the learning rate's schedule goes by
   * @param patience epochs without improvement after which training ends
   * @param lastEpoch after which it ends as well, though there may be more another time
   */
  record Settings(
      long seed,
      double learningRate,
      double weightDecay,
      int batchSize,
      int maxEpochs,
      int patience,
      int lastEpoch) {}

  /** Who looks on. Called between batches, on the training thread; what it throws ends training. */
  interface Watch {
    /**
     * @param epoch 1, 2, … under way
     * @param batch batches of it that are done, of {@code batches}
     * @param loss of the batch that was read last, which may be some batches ago
     * @return true to be given the state now
     */
    boolean moved(int epoch, int batch, int batches, int rows, double loss);

    /** The state, after each epoch and when {@link #moved} asked. */
    void save(TrainingState state);

    /** The objective of the validation split's scores; finite. */
    double measure(float[] scores);

    /** Whether an objective is better than the best so far. */
    boolean better(double value, @Nullable Double best);
  }

  /**
   * Trains on; returns the state at the end, whose {@code best} is not null.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code TRAINING_DIVERGED}; {@code DATA_INVALID}
   *     when a GPU's memory does not hold the rows and the net
   */
  TrainingState run(TrainingState start) {
    try {
      return trained(start);
    } catch (EngineException e) {
      throw device.isGpu() ? NetDevice.translated(e, train, settings.batchSize()) : e;
    }
  }

  private TrainingState trained(TrainingState start) {
    try (NDManager manager = NDManager.newBaseManager(device)) {
      AdamWeights weights = new AdamWeights(manager, net.shapes(), start, settings.weightDecay());
      Gradients gradients =
          DenseGradients.of(net, objective, weights.values())
              .orElseGet(() -> new EngineGradients(net, objective, weights.values()));
      NDArray x = train.array(manager);
      NDArray y = manager.create(objective.targets(train.labels()), new Shape(train.rows(), 1));
      TrainingState state = start;
      while (!finished(state.cursor())) {
        state = epoch(new Arrays(manager, weights, gradients, x, y), state);
        watch.save(state);
      }
      return state;
    }
  }

  /** What lives as long as a run. */
  private record Arrays(
      NDManager manager, AdamWeights weights, Gradients gradients, NDArray x, NDArray y) {}

  private boolean finished(Cursor cursor) {
    return cursor.epoch() >= settings.lastEpoch()
        || (cursor.epoch() > 0 && cursor.stale() >= settings.patience());
  }

  private TrainingState epoch(Arrays arrays, TrainingState state) {
    Cursor cursor = state.cursor();
    AdamWeights weights = arrays.weights();
    int epoch = cursor.epoch() + 1;
    LossMeter losses = new LossMeter(epoch, weights.steps(), cursor.lossSum());
    try (NDManager perEpoch = arrays.manager().newSubManager()) {
      NDArray order = perEpoch.create(Seeds.permutation(train.rows(), settings.seed(), epoch));
      NDList xs = gathered(arrays.x(), order).split(cuts());
      NDList ys = gathered(arrays.y(), order).split(cuts());
      for (int batch = cursor.batch(); batch < batches; batch++) {
        int rows = Math.min(settings.batchSize(), train.rows() - batch * settings.batchSize());
        try (NDArray xb = xs.get(batch);
            NDArray yb = ys.get(batch)) {
          losses.add(step(arrays, xb, yb), rows);
        }
        if (watch.moved(epoch, batch + 1, batches, rows, losses.newest()) && batch + 1 < batches) {
          // a state must not be kept that a loss has spoilt
          losses.read();
          watch.save(
              snapshot(
                  weights,
                  new Cursor(
                      weights.steps(),
                      cursor.epoch(),
                      batch + 1,
                      losses.sum(),
                      cursor.bestValue(),
                      cursor.bestEpoch(),
                      cursor.bestStep(),
                      cursor.history(),
                      cursor.losses()),
                  state.best()));
        }
      }
      losses.read();
    }
    return closed(weights, state, losses.sum() / train.rows());
  }

  /** Rows in an order, as an array of the order's manager. A look-up copies whole rows. */
  private static NDArray gathered(NDArray table, NDArray order) {
    return JniUtils.embedding((PtNDArray) order, (PtNDArray) table, false);
  }

  /** One update. @return the batch's mean loss */
  private NDArray step(Arrays arrays, NDArray xb, NDArray yb) {
    AdamWeights weights = arrays.weights();
    ENGINE.lock();
    try {
      if (net.stochastic()) {
        Engine.getInstance().setRandomSeed((int) Seeds.mix(settings.seed(), ~weights.steps()));
      }
      try (Gradients.Batch batch = arrays.gradients().of(xb, yb)) {
        weights.step(batch.slopes(), learningRate(weights.steps()));
        return batch.loss();
      }
    } finally {
      ENGINE.unlock();
    }
  }

  /** Half a cosine from the first rate to {@value #LAST_RATE} of it over all epochs. */
  private double learningRate(long step) {
    double done = (double) step / ((long) settings.maxEpochs() * batches);
    double share = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + Math.cos(Math.PI * done));
    return settings.learningRate() * share;
  }

  /** The state after the epoch's last batch: measured on the validation split. */
  private TrainingState closed(AdamWeights weights, TrainingState before, double loss) {
    Cursor cursor = before.cursor();
    int epoch = cursor.epoch() + 1;
    float[][] values = weights.copyOfValues();
    for (float[] array : values) {
      for (float value : array) {
        if (!Float.isFinite(value)) {
          throw Trial.diverged("parameter", epoch, weights.steps());
        }
      }
    }
    double value = watch.measure(scores(net, objective, values, validation, device));
    Double bestBefore = cursor.bestValue();
    boolean better = watch.better(value, bestBefore);
    return snapshot(
        weights,
        new Cursor(
            weights.steps(),
            epoch,
            0,
            0,
            better ? Double.valueOf(value) : bestBefore,
            better ? epoch : cursor.bestEpoch(),
            better ? weights.steps() : cursor.bestStep(),
            appended(cursor.history(), value),
            appended(cursor.losses(), loss)),
        better ? values : before.best());
  }

  /** {@code (rows, outputs)} row-major, as the exported graph gives them. */
  static float[] scores(FeedForward net, Objective objective, float[][] values, Rows rows) {
    return scores(net, objective, values, rows, NetDevice.here());
  }

  static float[] scores(
      FeedForward net, Objective objective, float[][] values, Rows rows, Device device) {
    float[] scores = new float[rows.rows() * objective.outputs()];
    try (NDManager manager = NDManager.newBaseManager(device)) {
      List<NDArray> parameters = new ArrayList<>();
      for (int p = 0; p < values.length; p++) {
        parameters.add(manager.create(values[p], net.shapes().get(p)));
      }
      NDArray x = rows.array(manager);
      int chunk = chunk(net);
      for (int from = 0; from < rows.rows(); from += chunk) {
        int to = Math.min(rows.rows(), from + chunk);
        try (NDManager perChunk = manager.newSubManager()) {
          NDArray xc = x.get(perChunk, new NDIndex().addSliceDim(from, to));
          float[] part = objective.scores(net.forward(xc, parameters, false)).toFloatArray();
          System.arraycopy(part, 0, scores, from * objective.outputs(), part.length);
        }
      }
    }
    return scores;
  }

  /** Rows at a time: bounds the hidden layers' memory, whatever the split's size. */
  private static int chunk(FeedForward net) {
    return Math.clamp(MOST_AT_ONCE / net.widest(), 1, 8192);
  }

  private TrainingState snapshot(AdamWeights weights, Cursor cursor, float @Nullable [][] best) {
    return new TrainingState(
        cursor, weights.copyOfValues(), weights.copyOfMeans(), weights.copyOfVariances(), best);
  }

  private long[] cuts() {
    long[] cuts = new long[batches - 1];
    for (int i = 0; i < cuts.length; i++) {
      cuts[i] = (i + 1L) * settings.batchSize();
    }
    return cuts;
  }

  private static List<Double> appended(List<Double> list, double value) {
    List<Double> longer = new ArrayList<>(list);
    longer.add(value);
    return longer;
  }
}
