package io.millrace.activities.train;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.BootstrapSelection.Scored;
import java.util.Locale;

/**
 * Why the winner won, in a sentence or three.
 *
 * @param rows of the validation split
 */
record ContestWords(Metrics metric, int rows) {
  /** Comparisons from which on some are wrong by chance alone. */
  private static final int MANY = 10;

  String only(Scored trial) {
    return trial.name() + " is the only trial: " + value(trial) + onRows() + ".";
  }

  String of(Contest.Won won) {
    return (won.tie() == null ? leads(won) : ties(won)) + equals(won) + caution(won);
  }

  private String leads(Contest.Won won) {
    return won.winner().name()
        + " has the best "
        + value(won.winner())
        + " of "
        + won.trials()
        + " trials"
        + onRows()
        + (won.smaller() == 0
            ? ", and none has fewer weights."
            : ", and no trial with fewer weights is as good by paired bootstrap.");
  }

  private String ties(Contest.Won won) {
    boolean fewer = won.winner().weights() < won.leader().weights();
    return won.winner().name()
        + " wins with "
        + won.winner().weights()
        + " weights and "
        + value(won.winner())
        + ": "
        + won.leader().name()
        + " with "
        + won.leader().weights()
        + " weights and "
        + value(won.leader())
        + " is not better beyond chance"
        + onRows()
        + (won.tie() == null
            ? "."
            : String.format(
                Locale.ROOT,
                " (paired difference %.4f to %.4f, 95 %%), so %s.",
                won.tie().low(),
                won.tie().high(),
                fewer ? "fewer weights decide" : "time decides"));
  }

  private static String equals(Contest.Won won) {
    double[] timed = won.timed();
    if (won.equals() < 2) {
      return "";
    }
    return " Of "
        + won.equals()
        + " that are as good with as few weights it "
        + (timed == null
            ? "has the best value."
            : String.format(
                Locale.ROOT,
                "is clearly faster: %.3f ms a row, %.3f ms the one with the best value.",
                timed[0],
                timed[1]));
  }

  private static String caution(Contest.Won won) {
    return won.trials() < MANY
        ? ""
        : " The best of "
            + won.trials()
            + " on the same rows is partly luck: "
            + won.leader().name()
            + "'s value is optimistic, and each of the comparisons is wrong in one case of twenty."
            + " The gates measure on rows that chose nothing.";
  }

  private String value(Scored scored) {
    return String.format(Locale.ROOT, "%s %.4f", metric.word(), scored.value());
  }

  private String onRows() {
    return " on " + rows + " validation rows";
  }
}
