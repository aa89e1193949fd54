package io.millrace.infra.cli;

import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import java.util.HashSet;
import java.util.Set;

/** One trial's bar: over itself on a terminal, each tenth once elsewhere. */
final class TrialTicker {
  private static final int TENTHS = 10;
  private final Console console;
  private final Set<Integer> said = new HashSet<>();
  private boolean drawn;

  TrialTicker(Console console) {
    this.console = console;
  }

  void show(TrialProgress progress) {
    String line = "       " + RunView.trial(progress);
    if (console.terminal()) {
      console.err().print((drawn ? "\033[1A\033[2K" : "") + line + "\n");
      console.err().flush();
      drawn = true;
    } else if (said.add((int) (progress.share() * TENTHS))) {
      console.err().println(line);
    }
  }
}
