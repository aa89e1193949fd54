package io.millrace.activities.train.container;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What runs an image. */
public interface Engine extends AutoCloseable {
  /**
   * What the image is, not what it is called: a name may mean something else tomorrow. Pulled when
   * it is not there.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when there is no such
   *     image, {@code CAPACITY_UNAVAILABLE} when no engine answers
   */
  String identity(String image);

  /** Starts a job; what an earlier attempt left under its name is ended and removed first. */
  Running start(Job job);

  @Override
  void close();

  /**
   * One run of an image.
   *
   * @param name the trial's own: a second attempt has the same
   * @param command instead of the image's own; empty for that
   * @param environment {@code NAME=value}
   * @param memoryBytes swap included
   * @param network {@code none} or {@code bridge}
   * @param in seen at {@link Contract#IN}, read only
   * @param checkpoint seen at {@link Contract#CHECKPOINT}
   * @param out seen at {@link Contract#OUT}
   */
  record Job(
      String name,
      String image,
      List<String> command,
      List<String> environment,
      long memoryBytes,
      double cpus,
      String network,
      Path in,
      Path checkpoint,
      Path out) {}

  /** A started job. */
  interface Running extends AutoCloseable {
    /** How it ended; empty while it runs. */
    Optional<Ended> ended();

    /** Asks it to end; returns when it has, or was killed after so many seconds. */
    void stop(int graceSeconds);

    /** The last lines it wrote to its two streams. */
    String log(int lines);

    /** Kills and removes it. */
    @Override
    void close();
  }

  /**
   * @param outOfMemory whether it was killed for want of memory
   */
  record Ended(int exit, boolean outOfMemory) {}
}
