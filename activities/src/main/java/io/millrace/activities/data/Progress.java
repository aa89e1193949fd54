package io.millrace.activities.data;

import io.millrace.activities.heartbeat.SteadyHeartbeat;
import io.millrace.workflows.port.data.DataActivities.IngestProgress;

/** The newest {@link IngestProgress}, which is in the heartbeats of an ingest. */
final class Progress implements AutoCloseable {
  private volatile IngestProgress newest = new IngestProgress("read", 0);
  private final SteadyHeartbeat heartbeat = SteadyHeartbeat.start("ingest-heartbeat", this::newest);

  private Progress() {}

  /** Starts; close it in a try-with-resources. */
  static Progress start() {
    return new Progress();
  }

  /**
   * @throws io.temporal.client.ActivityCompletionException when the activity was cancelled or timed
   *     out meanwhile
   */
  void at(String stage, long rows) {
    newest = new IngestProgress(stage, rows);
    heartbeat.check();
  }

  IngestProgress newest() {
    return newest;
  }

  @Override
  public void close() {
    heartbeat.close();
  }
}
