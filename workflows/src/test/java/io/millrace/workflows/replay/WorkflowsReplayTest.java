package io.millrace.workflows.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.workflows.TestBed;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every saved history runs through today's code; {@link RecordHistories} and its neighbours
 * recorded them.
 */
class WorkflowsReplayTest {
  private static final Path FOLDER = Path.of("src/test/resources/histories");

  static List<Path> histories() {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files.filter(f -> f.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("histories")
  void history_isReplayedByTodaysCode(Path history) {
    String resource = Path.of("histories").resolve(FOLDER.relativize(history)).toString();
    try (TestWorkflowEnvironment environment =
        TestWorkflowEnvironment.newInstance(TestBed.options())) {
      Class<?>[] all = TestBed.WORKFLOWS.toArray(Class<?>[]::new);
      Class<?>[] rest = java.util.Arrays.copyOfRange(all, 1, all.length);

      assertThatCode(
              () ->
                  WorkflowReplayer.replayWorkflowExecutionFromResource(
                      resource, environment, all[0], rest))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void histories_coverEveryPathThatIsPromised() {
    assertThat(histories())
        .extracting(path -> FOLDER.relativize(path).toString())
        .contains(
            "ModelPipeline/happy.json",
            "ModelPipeline/gate-rejected.json",
            "ModelPipeline/trainer-killed.json",
            "TrainingTrial/trainer-killed.json",
            "ModelPipeline/suspended-resumed.json",
            "ModelPipeline/drift.json",
            "ModelSteward/drift.json",
            "ModelSteward/rollback.json",
            "DriftCheck/drift.json",
            "DriftCheck/alerted.json",
            "DriftCheck/failed.json",
            "ModelSteward/alerted.json",
            "Janitor/alerted.json",
            "ModelPipeline/cancel.json",
            "ModelPipeline/sweep.json",
            "ModelPipeline/sweep-stopped.json",
            "ComputePool/cancel.json",
            "ComputePool/notice.json",
            "ComputePool/cancel-watched.json",
            "ComputePool/stalled.json",
            "Janitor/mended.json",
            "Rollout/happy.json",
            "Rollout/promoted.json",
            "Rollout/slow.json",
            "Rollout/erring.json",
            "Rollout/shifted.json",
            "Rollout/shadow.json",
            "Rollout/moved.json",
            "Rollout/moved-back.json",
            "Rollout/unknown.json",
            "Rollout/aborted.json");
  }
}
