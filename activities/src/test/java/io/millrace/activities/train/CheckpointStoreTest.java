package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final Checkpoints.Reader<byte[]> BYTES = content -> content;

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
    assertThat(checkpoints.newest(BYTES)).isEmpty();
  }

  @Test
  void newest_isWhatWasSavedLast() {
    checkpoints.save(state(1, 1));
    String key = checkpoints.save(state(2, 1));
    Checkpoints.Found<byte[]> found = checkpoints.newest(BYTES).orElseThrow();
    assertThat(found.key()).isEqualTo(key);
    assertThat(found.state()).isEqualTo(state(2, 1).content());
  }

  @Test
  void newest_withADamagedContent_isTheOneBefore_andTheSameStepCanBeSavedAgain() {
    checkpoints.save(state(1, 1));
    String key = checkpoints.save(state(2, 1));
    String blob = contentOf(key);
    byte[] bytes = store.get(blob).orElseThrow();
    bytes[bytes.length - 1] ^= 1;
    store.put(blob, bytes);
    assertThat(checkpoints.newest(BYTES).orElseThrow().state()[0]).isEqualTo((byte) 1);
    checkpoints.save(state(2, 1));
    assertThat(checkpoints.newest(BYTES).orElseThrow().state()[0]).isEqualTo((byte) 2);
  }

  @Test
  void newest_withATornManifestOrALostContent_isTheOneBefore() {
    checkpoints.save(state(1, 1));
    store.put(checkpoints.save(state(2, 1)), "{".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    store.delete(contentOf(checkpoints.save(state(3, 1))));
    assertThat(checkpoints.newest(BYTES).orElseThrow().state()[0]).isEqualTo((byte) 1);
  }

  @Test
  void newest_thatTheFamilyDoesNotTake_isPassedOver() {
    checkpoints.save(state(1, 1));
    assertThat(checkpoints.newest(content -> null)).isEmpty();
    assertThat(
            checkpoints.newest(
                content -> {
                  throw new java.io.IOException("not mine");
                }))
        .isEmpty();
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
  void save_belowADamagedOne_keepsWhatItWrote() {
    String ahead = checkpoints.save(state(9, 1));
    store.delete(contentOf(ahead));
    CheckpointStore again = new CheckpointStore(store, request("sample-1", null), 1);
    for (int step = 2; step <= 4; step++) {
      again.save(state(step, 0));
      assertThat(again.newest(BYTES).orElseThrow().state()[0]).isEqualTo((byte) step);
    }
    assertThat(store.list("runs/")).hasSize(3).contains(ahead);
  }

  @Test
  void save_removesWhatAKilledAttemptLeft() {
    checkpoints.save(state(1, 0));
    store.delete(checkpoints.save(state(2, 0)));
    CheckpointStore again = new CheckpointStore(store, request("sample-1", null), 1);
    again.save(state(3, 0));
    assertThat(store.list("runs/")).hasSize(2).allMatch(key -> key.contains("/000000000003/"));
  }

  @Test
  void save_listsItsFolderOnce() {
    AtomicInteger lists = new AtomicInteger();
    ObjectStore counting =
        (ObjectStore)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("list")) {
                    lists.incrementAndGet();
                  }
                  return method.invoke(store, arguments);
                });
    CheckpointStore counted = new CheckpointStore(counting, request("sample-1", null));
    for (int step = 1; step <= 8; step++) {
      counted.save(state(step, 1));
    }
    assertThat(lists).hasValue(1);
    assertThat(store.list("runs/")).hasSize(8);
  }

  @Test
  void newest_ofASuccessorRun_looksAtTheEarlierOnesToo() {
    checkpoints.save(state(5, 1));
    CheckpointStore successor = new CheckpointStore(store, request("sample-2", "sample-1"));
    assertThat(successor.newest(BYTES).orElseThrow().state()[0]).isEqualTo((byte) 5);
    successor.save(state(5, 1));
    assertThat(successor.newest(BYTES).orElseThrow().key()).startsWith("runs/sample-2/");
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
    assertThat(new CheckpointStore(store, changed).newest(BYTES)).isEmpty();
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

  private static Checkpoints.Checkpoint state(int step, int best) {
    return new Checkpoints.Checkpoint(step, 1, step, best, new byte[] {(byte) step, 1, 2, 3});
  }
}
