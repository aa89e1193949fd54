package io.millrace.activities.gate;

import io.millrace.activities.dataset.Table;
import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.ref.ModelRef;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What gates judge by: the model, the champion and the rows of the test split. */
interface Evidence {
  /** The candidate on the test split. */
  Scored model();

  /** The champion on the same rows; empty when there is none yet. */
  Optional<Champion> champion();

  /** A column of the test rows; empty when the dataset has none of that name. */
  Optional<Table.Column> column(String name);

  /**
   * Milliseconds of single-row predictions of the serving runtime, in the order they were made,
   * after as many calls to warm up; rows of the test split in turn.
   */
  double[] latencies(int warmUp, int calls);

  /**
   * How it starts and answers where it is to be deployed; empty when the target runs what this
   * process runs.
   */
  Optional<OnTarget.Found> onTarget();

  /** What every runtime that can open the package gives on the first rows of the test split. */
  Agreement agreement(int rows);

  /** Draws over rows; the seed depends on the request only. */
  Bootstrap bootstrap();

  /**
   * @param kinds that were compared, the one that serves among them
   * @param rows that were compared, up to as many as asked for
   * @param apart greatest difference from the runtime that serves: of a probability as it is, of a
   *     value divided by the greatest of 1 and the values' own size, since float32 knows no better;
   *     NaN when a score is not finite
   */
  record Agreement(List<RuntimeKind> kinds, int rows, double apart) {
    public Agreement {
      kinds = List.copyOf(kinds);
    }
  }

  /**
   * @param scored null when it cannot be compared
   * @param problem why it cannot be compared; null when it can
   */
  record Champion(ModelRef version, @Nullable Scored scored, @Nullable String problem) {}
}
