package io.millrace.activities.train.container;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.activities.train.Trial;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Follows a running image: tells its progress, keeps its checkpoints, stops it when asked. */
final class Follower {
  private static final long LOOK_MILLIS = 200;

  /** What a trial's state may weigh; it is held in memory while it is stored. */
  private static final long MOST_BYTES = 512L << 20;

  private static final int LOG_LINES = 20;

  private final Trial trial;
  private final String image;
  private final Path checkpoints;
  private final int grace;
  private final MetricsLog log;
  private final List<Double> history;
  private final List<Double> losses;
  private ContainerState state;
  private MetricsLog.@Nullable Line last;
  private int rowsToTell;
  private int bestEpoch;
  private @Nullable Double best;

  Follower(Trial trial, String image, ContainerState start, Path out, Path checkpoints, int grace) {
    this.trial = trial;
    this.image = image;
    this.checkpoints = checkpoints;
    this.grace = grace;
    this.log = new MetricsLog(out.resolve(Contract.METRICS));
    this.state = start;
    this.history = new ArrayList<>();
    this.losses = new ArrayList<>(start.losses());
    start.history().forEach(this::closed);
  }

  /** Until the image has done its work. */
  void follow(Engine.Running running) throws IOException {
    while (true) {
      // asked before the lines are read, so that none is missed
      Optional<Engine.Ended> ended = running.ended();
      read();
      if (ended.isPresent()) {
        check(ended.get(), running);
        return;
      }
      tell();
      if (trial.interrupted()) {
        running.stop(grace);
        read();
        save(state); // throws SPOT_INTERRUPTED
      }
      pause();
    }
  }

  /** Objective after each epoch, those before a restart included. */
  List<Double> history() {
    return history;
  }

  List<Double> losses() {
    return losses;
  }

  int bestEpoch() {
    return bestEpoch;
  }

  private void read() throws IOException {
    for (MetricsLog.Line line : log.more()) {
      last = line;
      rowsToTell += line.rows();
      Double objective = line.objective();
      if (line.epoch() != history.size() + 1) {
        throw Failures.of(
            FailureType.CONFIG_INVALID,
            Contract.OUT
                + "/"
                + Contract.METRICS
                + " line "
                + log.lines()
                + ": epoch "
                + line.epoch()
                + " (expected: "
                + (history.size() + 1)
                + ", each is closed by a line with its objective)");
      }
      if (objective != null) {
        losses.add(line.loss());
        closed(objective);
      }
      String folder = line.checkpoint();
      if (folder != null) {
        keep(folder);
      }
    }
  }

  private void closed(double objective) {
    history.add(objective);
    if (trial.better(objective, best)) {
      best = objective;
      bestEpoch = history.size();
    }
  }

  /** Packs what the image named; a newer one will follow when it has removed it already. */
  private void keep(String folder) throws IOException {
    Path path = checkpoints.resolve(folder);
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    byte[] archive;
    try {
      archive = FolderArchive.pack(path, MOST_BYTES);
    } catch (java.nio.file.NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          Contract.CHECKPOINT + "/" + folder + ": " + e.getMessage());
    }
    save(new ContainerState(image, state.saves() + 1, folder, history, losses, archive));
  }

  private void save(ContainerState next) {
    state = next;
    trial.save(
        new Checkpoint(next.saves(), next.history().size(), 0, next.saves(), next.encode()), best);
  }

  private void tell() {
    MetricsLog.Line line = last;
    if (line == null) {
      // nothing told yet: only to hear whether the trial was cancelled
      trial.moved(history.size() + 1, 0, 0, 0);
    } else {
      trial.moved(line.epoch(), line.share(), rowsToTell, line.loss());
      rowsToTell = 0;
    }
    if (best != null) {
      trial.measured(best);
    }
  }

  private void check(Engine.Ended ended, Engine.Running running) {
    if (ended.exit() == 0) {
      return;
    }
    if (trial.interrupted()) {
      save(state); // the node's end, not the image's: throws SPOT_INTERRUPTED
    }
    if (ended.outOfMemory()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "memory: "
              + trial.values().text("memory")
              + " (expected: more, image "
              + image
              + " was killed for want of it)");
    }
    throw Failures.of(
        FailureType.CONFIG_INVALID,
        "image: "
            + trial.values().text("image")
            + " ended with "
            + ended.exit()
            + " (expected: 0); its last lines:\n"
            + running.log(LOG_LINES).strip());
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an image trains", e);
    }
  }
}
