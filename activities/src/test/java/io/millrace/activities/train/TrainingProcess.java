package io.millrace.activities.train;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.FileStore;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Fits one request in a process of its own, as a node does. Arguments: store, scratch, request,
 * result.
 */
public final class TrainingProcess {
  private TrainingProcess() {}

  /** Writes the result's JSON when it is done. */
  public static void main(String[] args) throws Exception {
    TrialRequest request =
        PayloadJson.mapper().readValue(Files.readAllBytes(Path.of(args[2])), TrialRequest.class);
    FileStore store = new FileStore(Path.of(args[0]));
    String node = "node-" + ProcessHandle.current().pid();
    Journal.Attempt attempt =
        new Journal(store)
            .started(
                request.run().runId(),
                new Journal.Attempt(
                    0, "TrainFit", Journal.inputDigest(request), Instant.now(), 1, node, null));
    TrialResult result =
        Journal.during(
            attempt,
            () -> new FamilyTrainer(store, Path.of(args[1]), node).fit(request, progress -> {}));
    Files.write(Path.of(args[3]), PayloadJson.mapper().writeValueAsBytes(result));
  }
}
