package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final FeedForward NET = new FeedForward(3, List.of(new Layer.Dense(2)), 1);

  @TempDir Path work;
  private ObjectStore store;
  private CheckpointStore checkpoints;

  @BeforeEach
  void open() {
    store = new FileStore(work);
    checkpoints = new CheckpointStore(store, request("sample-1", null));
  }

  @Test
  void newest_ofNone_isEmpty() {
    assertThat(checkpoints.newest(NET)).isEmpty();
  }

  @Test
  void newest_isWhatWasSavedLast() {
    checkpoints.save(state(1, 1));
    String key = checkpoints.save(state(2, 1));
    CheckpointStore.Found found = checkpoints.newest(NET).orElseThrow();
    assertThat(found.key()).isEqualTo(key);
    assertThat(found.state().encode()).isEqualTo(state(2, 1).encode());
  }

  @Test
  void newest_withADamagedContent_isTheOneBefore_andTheSameStepCanBeSavedAgain() {
    checkpoints.save(state(1, 1));
    String key = checkpoints.save(state(2, 1));
    String blob = contentOf(key);
    byte[] bytes = store.get(blob).orElseThrow();
    bytes[bytes.length - 1] ^= 1;
    store.put(blob, bytes);
    assertThat(checkpoints.newest(NET).orElseThrow().state().cursor().step()).isEqualTo(1);
    checkpoints.save(state(2, 1));
    assertThat(checkpoints.newest(NET).orElseThrow().state().cursor().step()).isEqualTo(2);
  }

  @Test
  void newest_withATornManifestOrALostContent_isTheOneBefore() {
    checkpoints.save(state(1, 1));
    store.put(checkpoints.save(state(2, 1)), "{".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    store.delete(contentOf(checkpoints.save(state(3, 1))));
    assertThat(checkpoints.newest(NET).orElseThrow().state().cursor().step()).isEqualTo(1);
  }

  @Test
  void newest_ofAnotherNet_isPassedOver() {
    checkpoints.save(state(1, 1));
    assertThat(checkpoints.newest(new FeedForward(4, List.of(), 1))).isEmpty();
  }

  @Test
  void save_keepsTheNewestAndTheBest() {
    for (int step = 1; step <= 6; step++) {
      checkpoints.save(state(step, Math.min(step, 2)));
    }
    assertThat(store.list("runs/"))
        .filteredOn(key -> key.endsWith("manifest.json"))
        .map(key -> key.replaceAll(".*/(\\d+)/manifest.json", "$1"))
        .containsExactly("000000000002", "000000000004", "000000000005", "000000000006");
    assertThat(store.list("runs/")).hasSize(8);
  }

  @Test
  void newest_ofASuccessorRun_looksAtTheEarlierOnesToo() {
    checkpoints.save(state(5, 1));
    CheckpointStore successor = new CheckpointStore(store, request("sample-2", "sample-1"));
    assertThat(successor.newest(NET).orElseThrow().state().cursor().step()).isEqualTo(5);
    successor.save(state(5, 1));
    assertThat(successor.newest(NET).orElseThrow().key()).startsWith("runs/sample-2/");
  }

  @Test
  void newest_ofAChangedRequest_isEmpty() {
    checkpoints.save(state(1, 1));
    TrialRequest changed =
        TrialRequests.of(
            new RunRef("sample-1", "sample", null),
            Task.BINARY,
            new DatasetRef("sample", "0".repeat(64), 1),
            new CandidateSpec("linear", Map.of("bins", 4)),
            "roc-auc",
            3,
            Duration.ofHours(1));
    assertThat(new CheckpointStore(store, changed).newest(NET)).isEmpty();
  }

  private String contentOf(String manifest) {
    String folder = manifest.substring(0, manifest.lastIndexOf('/'));
    return store.list(folder + "/").stream()
        .filter(k -> k.endsWith(".bin"))
        .findFirst()
        .orElseThrow();
  }

  private static TrialRequest request(
      String run, @org.jspecify.annotations.Nullable String earlier) {
    return TrialRequests.of(
        new RunRef(run, "sample", earlier),
        Task.BINARY,
        new DatasetRef("sample", "0".repeat(64), 1),
        new CandidateSpec("linear", Map.of()),
        "roc-auc",
        3,
        Duration.ofHours(1));
  }

  private static TrainingState state(int step, int best) {
    TrainingState start = TrainingState.initial(NET, step);
    return new TrainingState(
        new TrainingState.Cursor(step, 1, step, 0.5, 0.7, 1, best, List.of(0.7), List.of(0.6)),
        start.parameters(),
        start.means(),
        start.variances(),
        start.parameters());
  }
}
