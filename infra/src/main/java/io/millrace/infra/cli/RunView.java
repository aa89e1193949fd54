package io.millrace.infra.cli;

import io.millrace.infra.cli.Heartbeats.Live;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Draws a run: over itself on a terminal, one line per change elsewhere. */
final class RunView {
  private static final int TENTHS = 10;
  private static final int BARS = 8;
  static final String TRAINING = "training";
  private final Console console;
  private final Set<String> said = new HashSet<>();
  private final InstantSource clock;
  private final SweepLog sweep;
  private int drawn;

  RunView(Console console) {
    this(console, InstantSource.system());
  }

  RunView(Console console, InstantSource clock) {
    this.console = console;
    this.clock = clock;
    this.sweep = new SweepLog(clock);
  }

  void show(PipelineStatus status, Live live) {
    if (console.terminal()) {
      draw(lines(status, live, clock.instant()));
    } else {
      lines(status);
      milestones(live);
      for (String line : sweep.news(status, live.pool())) {
        console.err().println("       " + line);
      }
    }
  }

  private void draw(List<String> lines) {
    PrintStream err = console.err();
    // no line may wrap: the next picture counts them to find its way back up
    err.print("\033[?7l");
    if (drawn > 0) {
      err.print("\033[" + drawn + "A");
    }
    for (String line : lines) {
      err.print("\033[2K" + line + "\n");
    }
    err.print("\033[J\033[?7h");
    err.flush();
    drawn = lines.size();
  }

  /** The whole picture. */
  static List<String> lines(PipelineStatus status, Live live, Instant now) {
    List<String> lines = new ArrayList<>();
    for (PipelineStatus.Step step : status.steps()) {
      lines.add(step(step, now));
      if (step.state().equals("running")) {
        live(live, lines);
        if (step.name().equals(TRAINING)) {
          SweepView.lines(status, live.pool()).forEach(line -> lines.add("       " + line));
        }
      }
    }
    return lines;
  }

  private static String step(PipelineStatus.Step step, Instant now) {
    String mark =
        switch (step.state()) {
          case "done" -> "ok  ";
          case "failed" -> "FAIL";
          case "skipped" -> "skip";
          default -> "... ";
        };
    Instant end = step.to() == null ? now : step.to();
    String detail = step.detail() == null ? "" : "  " + step.detail();
    return "%s %-13s %9s%s"
        .formatted(mark, step.name(), Bars.time(Duration.between(step.from(), end)), cut(detail));
  }

  private static void live(Live live, List<String> lines) {
    if (live.ingest() != null) {
      lines.add(
          "       " + live.ingest().stage() + ", " + Bars.count(live.ingest().rows()) + " rows");
    }
    live.trials().forEach(trial -> lines.add("       " + trial(trial)));
    if (live.rollout() != null) {
      lines.add("       " + Bars.bar(live.rollout()) + " of the traffic on the new version");
    }
    if (live.retrying() != null) {
      lines.add("       " + cut(live.retrying()));
    }
  }

  static String trial(TrialProgress trial) {
    StringBuilder text = new StringBuilder();
    text.append("%d %-7s %s".formatted(trial.trial(), trial.family(), Bars.bar(trial.share())));
    text.append("  epoch ").append(trial.epoch());
    text.append("  loss ").append(Bars.metric(trial.loss()));
    if (trial.best() != null) {
      text.append("  best ").append(Bars.metric(trial.best()));
    }
    text.append("  ").append(Bars.count(trial.rowsPerSecond())).append(" rows/s");
    if (trial.etaSeconds() != null) {
      text.append("  at most ")
          .append(Bars.time(Duration.ofSeconds(Math.round(trial.etaSeconds()))))
          .append(" left");
    }
    if (!trial.node().isEmpty()) {
      text.append("  on ").append(trial.node());
    }
    return text.toString();
  }

  private void lines(PipelineStatus status) {
    int order = 0;
    for (PipelineStatus.Step step : status.steps()) {
      order++;
      String key = order + step.name() + step.state();
      if (said.add(key)) {
        console.err().println(step(step, clock.instant()));
      }
    }
  }

  /** Each tenth of each bar, once. */
  private void milestones(Live live) {
    for (TrialProgress trial : live.trials()) {
      // of a long sweep the sum is told, not every bar
      if (trial.trial() < BARS
          && said.add("trial" + trial.trial() + ":" + (int) (trial.share() * TENTHS))) {
        console.err().println("       " + trial(trial));
      }
    }
    if (live.rollout() != null && said.add("rollout" + live.rollout())) {
      console
          .err()
          .println("       " + Bars.bar(live.rollout()) + " of the traffic on the new version");
    }
    if (live.ingest() != null && said.add("ingest" + live.ingest().stage())) {
      console.err().println("       " + live.ingest().stage());
    }
    if (live.retrying() != null && said.add(live.retrying())) {
      console.err().println("       " + cut(live.retrying()));
    }
  }

  private static String cut(String text) {
    String line = text.replaceAll("\\s*\\R\\s*", "; ");
    return line.length() <= 110 ? line : line.substring(0, 109) + "…";
  }
}
