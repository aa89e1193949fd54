package io.millrace.activities.train;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A trial's checkpoints at the default cadence, for the bench; in the package that writes them. */
public final class BenchCheckpoints implements AutoCloseable {
  /** As in the spec's defaults. */
  private static final Duration EVERY = Duration.ofSeconds(30);

  private final AtomicInteger written = new AtomicInteger();
  private final CheckpointWriter writer;
  private long savedNanos = System.nanoTime();

  public BenchCheckpoints(Path store, int run) throws Exception {
    TrialRequest request =
        new TrialRequest(
            new RunRef("bench-" + run, "bench", null),
            0,
            "bench",
            Task.BINARY,
            new DatasetRef("bench", "0".repeat(64), 1),
            PayloadJson.mapper().readValue("{\"target\": \"y\"}", DataSpec.class),
            new CandidateSpec("mlp", Map.of()),
            7,
            new TrainingSpec.Objective("log-loss", "min"),
            1,
            1,
            256,
            1,
            new TrainingSpec.CheckpointSpec(EVERY, 3),
            null);
    writer =
        new CheckpointWriter(
            new CheckpointStore(new FileStore(store), request),
            EVERY,
            (key, best) -> written.incrementAndGet());
  }

  /** As {@link Trial#moved}. */
  public boolean due() {
    writer.check();
    return System.nanoTime() - savedNanos >= EVERY.toNanos();
  }

  /** As {@link Trial#save}. */
  public void save(Checkpoint state, Double best) {
    writer.offer(state, best);
    savedNanos = System.nanoTime();
  }

  /** Waits for the last one. @return how many were written */
  public int finish() {
    writer.flush();
    return written.get();
  }

  @Override
  public void close() {
    writer.close();
  }
}
