package io.millrace.activities.train.net;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Keeps what a loop saves, and stops it after a number of batches. */
final class KeptStates implements TrainingLoop.Watch {
  /** That it was stopped. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  final List<TrainingState> saved = new ArrayList<>();
  private final @Nullable Integer stop;
  private final ToDoubleFunction<float[]> measure;
  int batches;

  /**
   * @param stop null for never
   * @param measure of the scores; the more the better
   */
  KeptStates(@Nullable Integer stop, ToDoubleFunction<float[]> measure) {
    this.stop = stop;
    this.measure = measure;
  }

  @Override
  public boolean moved(int epoch, int batch, int of, int rows, double loss) {
    batches++;
    return stop != null && batches == stop;
  }

  @Override
  public void save(TrainingState state) {
    saved.add(state);
    if (stop != null && batches >= stop) {
      throw new Stopped();
    }
  }

  @Override
  public double measure(float[] scores) {
    return measure.applyAsDouble(scores);
  }

  @Override
  public boolean better(double value, @Nullable Double best) {
    return best == null || value > best;
  }
}
