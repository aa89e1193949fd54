package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.container.ContainerFamily;
import io.millrace.activities.train.container.ContractProgram;
import io.millrace.activities.train.container.ProcessEngine;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The family with an engine whose images are commands of this machine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerFamilyTest {
  private static final Consumer<TrialProgress> NOBODY = progress -> {};
  private static final List<String> PROGRAM =
      List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-XX:TieredStopAtLevel=1",
          ContractProgram.class.getName());

  @TempDir static Path work;
  private ObjectStore store;
  private DatasetRef halves;

  @BeforeAll
  void publish() throws Exception {
    store = new FileStore(work.resolve("store"));
    halves =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS x, 'c' || (i % 3) AS colour,"
                + " (i * 37 % 101 + 10 * (i % 3) > 55)::INT::VARCHAR AS y FROM range(1000) t(i)",
            List.of("0", "1"));
  }

  @Test
  void fit_ofAProgramThatFollowsTheContract_packagesItsModel() throws Exception {
    CopyOnWriteArrayList<TrialProgress> told = new CopyOnWriteArrayList<>();
    TrialRequest request = request("whole", PROGRAM, Map.of("arg-epochs", 8, "arg-rate", 2.0));
    Fitted fitted = fit(request, new Interruption(), told::add);
    assertThat(fitted.epochs()).isEqualTo(8);
    assertThat(fitted.bestEpoch()).isEqualTo(8);
    assertThat(fitted.losses().getLast()).isLessThan(fitted.losses().getFirst());
    Packaging.Packaged packaged = packaging().publish(request, fitted, Metrics.LOG_LOSS);
    assertThat(packaged.validation())
        .filteredOn(metric -> metric.name().equals("roc-auc"))
        .singleElement()
        .satisfies(metric -> assertThat(metric.value()).isGreaterThan(0.95));
    assertThat(told).isNotEmpty();
    try (Stream<Path> left = Files.list(work.resolve("scratch"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("container-"));
    }
  }

  @Test
  void fit_interrupted_keepsItsCheckpoint_andTheNextGoesOnToTheSameModel() {
    Map<String, Object> slow = Map.of("arg-epochs", 40, "arg-pause-millis", 60);
    TrialRequest request = request("storm", PROGRAM, slow);
    Interruption now = new Interruption();
    assertThatThrownBy(
            () ->
                fit(
                    request,
                    now,
                    progress -> {
                      if (progress.epoch() >= 3) {
                        now.request();
                      }
                    }))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED))
        .hasMessageContaining("node: asked to stop at step ");
    CopyOnWriteArrayList<TrialProgress> told = new CopyOnWriteArrayList<>();
    Fitted resumed = fit(request, new Interruption(), told::add);
    assertThat(resumed.epochs()).isEqualTo(40);
    assertThat(told)
        .as("it begins behind its checkpoint")
        .allMatch(p -> p.epoch() == 1 || p.epoch() > 3);
    Fitted straight =
        fit(request("calm", PROGRAM, Map.of("arg-epochs", 40)), new Interruption(), NOBODY);
    assertThat(resumed.graph()).isEqualTo(straight.graph());
    assertThat(resumed.history()).isEqualTo(straight.history());
    assertThat(resumed.losses()).isEqualTo(straight.losses());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 0|/millrace/out/metrics.jsonl: missing (expected: a line with an objective for each"
            + " epoch, from image shell)",
        "echo '{\"epoch\":1,\"loss\":1,\"objective\":1}' >$MILLRACE_OUT/metrics.jsonl|"
            + "/millrace/out/model.onnx: missing (expected: the best epoch's model, from image"
            + " shell)",
        "echo '{\"epoch\":1,\"loss\":1,\"objective\":1}' >$MILLRACE_OUT/metrics.jsonl; echo x"
            + " >$MILLRACE_OUT/model.onnx; echo x >$MILLRACE_OUT/scores.f32|"
            + "/millrace/out/scores.f32: 2 bytes (expected: 400, 100 rows of 1 float32)",
        "echo '{\"epoch\":1,\"loss\":1,\"objective\":1}' >$MILLRACE_OUT/metrics.jsonl; ln -s"
            + " /etc/passwd $MILLRACE_OUT/model.onnx|/millrace/out/model.onnx: missing (expected:"
            + " the best epoch's model, from image shell)",
        "echo '{\"epoch\":2,\"loss\":1}' >$MILLRACE_OUT/metrics.jsonl|"
            + "/millrace/out/metrics.jsonl line 1: epoch 2 (expected: 1, each is closed by a line"
            + " with its objective)",
        "echo 'hello' >$MILLRACE_OUT/metrics.jsonl|/millrace/out/metrics.jsonl line 1: hello"
            + " (expected: an object in one line)",
        "echo '{\"epoch\":1,\"loss\":1,\"checkpoint\":\"../x\"}' >$MILLRACE_OUT/metrics.jsonl|"
            + "(expected: checkpoint: the plain name of a folder)",
        "echo first; echo broken; exit 3|image: shell ended with 3 (expected: 0); its last lines:"
      })
  void fit_ofAProgramThatBreaksTheContract_saysHow(String script, String message) {
    TrialRequest request = request("broken", List.of("/bin/sh", "-c", script), Map.of());
    assertThatThrownBy(() -> fit(request, new Interruption(), NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining(message);
  }

  @Test
  void fit_ofAFailedProgram_showsItsLastLines() {
    TrialRequest request =
        request("lines", List.of("/bin/sh", "-c", "echo one; echo two >&2; exit 7"), Map.of());
    assertThatThrownBy(() -> fit(request, new Interruption(), NOBODY))
        .hasMessageContaining("ended with 7 (expected: 0); its last lines:\none\ntwo");
  }

  @Test
  void fit_whoseLossIsNoNumber_isDiverged() {
    String script = "echo '{\"epoch\":1,\"loss\":null}' >$MILLRACE_OUT/metrics.jsonl; sleep 20";
    TrialRequest request = request("nan", List.of("/bin/sh", "-c", script), Map.of());
    assertThatThrownBy(() -> fit(request, new Interruption(), NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.TRAINING_DIVERGED))
        .hasMessageContaining("loss: null in epoch 1 (expected: a finite number)");
  }

  @Test
  void publish_ofAGraphThatScoresOtherwise_isConfigInvalid() {
    TrialRequest request = request("wrong", PROGRAM, Map.of("arg-epochs", 2, "arg-wrong", true));
    Fitted fitted = fit(request, new Interruption(), NOBODY);
    assertThatThrownBy(() -> packaging().publish(request, fitted, Metrics.LOG_LOSS))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("packaged graph: scores differ from the trained model's by ");
  }

  @Test
  void problems_ofACandidate_nameEachKey() {
    assertThat(Families.problems(new CandidateSpec("container", Map.of())))
        .containsExactly(
            "image: missing (expected: an image's name such as"
                + " registry.example.org/team/trainer:1.4)");
    assertThat(
            Families.problems(
                new CandidateSpec(
                    "container",
                    Map.of(
                        "image",
                        "a b",
                        "memory",
                        "2G",
                        "env",
                        List.of("A"),
                        "arg-rate",
                        List.of(1),
                        "comand",
                        List.of("x")))))
        .satisfiesExactlyInAnyOrder(
            p -> assertThat(p).startsWith("image: a b (expected: an image's name"),
            p -> assertThat(p).startsWith("memory: 2G (expected: a size from 64MB to 1TB"),
            p -> assertThat(p).startsWith("env: [A] (expected: at most 100 texts NAME=value"),
            p ->
                assertThat(p)
                    .isEqualTo("arg-rate: [1] (expected: a number, a text, true or false)"),
            p -> assertThat(p).startsWith("comand: [x] (expected: one of [image, command,"));
    assertThatThrownBy(
            () ->
                Families.choose(
                    new CandidateSpec("container", Map.of("image", "x", "memory", "8MB")),
                    Task.BINARY,
                    TrialRequests.data()))
        .hasMessageContaining("memory: 8MB (expected: a size from 64MB to 1TB such as 2GB)");
  }

  private Packaging packaging() {
    return new Packaging(
        new Datasets(store, work.resolve("scratch")),
        new Packages(store, work.resolve("scratch")),
        work.resolve("scratch"),
        new ContainerFamily().mismatch());
  }

  private static TrialRequest request(
      DatasetRef dataset, String run, List<String> command, Map<String, Object> own) {
    Map<String, Object> parameters = new TreeMap<>(own);
    parameters.put("image", command.getFirst().endsWith("sh") ? "shell" : "program");
    parameters.put("command", command);
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        Task.BINARY,
        dataset,
        new CandidateSpec("container", parameters),
        "log-loss",
        40,
        Duration.ofHours(1));
  }

  private TrialRequest request(String run, List<String> command, Map<String, Object> own) {
    return request(halves, run, command, own);
  }

  /** As {@link FamilyTrainer} does it, but for the engine. */
  private Fitted fit(
      TrialRequest request, Interruption interruption, Consumer<TrialProgress> receiver) {
    Path scratch = work.resolve("scratch");
    CheckpointStore checkpoints = new CheckpointStore(store, request);
    try (ProgressBoard board =
            new ProgressBoard(0, "container", "node", request.maxEpochs(), receiver);
        CheckpointWriter writer =
            new CheckpointWriter(checkpoints, request.checkpoint().every(), board::saved)) {
      Fitted fitted =
          new ContainerFamily(ProcessEngine::new)
              .fit(
                  new Trial(
                      request,
                      Families.choose(request.candidate(), request.task(), request.data()).values(),
                      Metrics.LOG_LOSS,
                      new Datasets(store, scratch),
                      scratch,
                      checkpoints,
                      writer,
                      board,
                      interruption));
      writer.flush();
      return fitted;
    }
  }
}
