package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.container.LogisticGraph;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract in real containers: shell scripts in {@code millrace/debian:trixie}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerFamilyIT {
  private static final String IMAGE = "millrace/debian:trixie";
  private static final Consumer<TrialProgress> NOBODY = progress -> {};

  /** One input, one output: a half for every row. */
  private static final String WRITE_MODEL =
      "echo $MODEL | base64 -d >$MILLRACE_OUT/model.onnx;"
          + " echo $SCORES | base64 -d >$MILLRACE_OUT/scores.f32;";

  @TempDir static Path work;
  private ObjectStore store;
  private DatasetRef halves;

  @BeforeAll
  void publish() throws Exception {
    assertThat(run("docker", "image", "inspect", "-f", "ok", IMAGE))
        .as("a Docker engine with " + IMAGE + " (infra/local/images/build-images.sh debian)")
        .isEqualTo("ok");
    store = new FileStore(work.resolve("store"));
    halves =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS x,"
                + " (i % 2)::VARCHAR AS y FROM range(1000) t(i)",
            List.of("0", "1"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertThat(run("docker", "ps", "-aq", "--filter", "label=io.millrace.trial")).isEmpty();
  }

  @Test
  void fit_inAContainer_readsWritesAndReachesOnlyWhatTheContractGives() {
    String script =
        "set -e; grep -q '\"depth\" : 7' $MILLRACE_IN/header.json;"
            + " test $(stat -c %s $MILLRACE_IN/train.inputs.f32) = 3200;"
            + " test -s $MILLRACE_IN/validation-0.parquet;"
            + " if echo x 2>/dev/null >$MILLRACE_IN/x; then exit 11; fi;"
            + " if echo x 2>/dev/null >/x; then exit 12; fi;"
            + " echo x >/tmp/x; test $(wc -l </proc/net/route) = 1;"
            + " grep -q 'CapEff:\\s*0000000000000000' /proc/self/status;"
            + WRITE_MODEL
            + " echo '{\"epoch\":1,\"rows\":800,\"loss\":0.7,\"objective\":0.7}'"
            + " >>$MILLRACE_OUT/metrics.jsonl";
    TrialResult result = trainer(new Interruption()).fit(request("whole", script, "256MB"), NOBODY);
    assertThat(result.family()).isEqualTo("container");
    assertThat(result.epochs()).isEqualTo(1);
    assertThat(result.validation()).anyMatch(metric -> metric.name().equals("log-loss"));
  }

  @Test
  void fit_interrupted_isAskedToEnd_andItsCheckpointComesBack() {
    String script =
        "c=$MILLRACE_CHECKPOINT/c; m=$MILLRACE_OUT/metrics.jsonl;"
            + " if [ -f $c/state ] && grep -q '\"checkpoint\" : \"c\"' $MILLRACE_IN/header.json;"
            + " then "
            + WRITE_MODEL
            + " echo '{\"epoch\":2,\"loss\":0.5,\"objective\":0.5}' >>$m; exit 0; fi;"
            + " trap 'mkdir $c; echo 1 >$c/state;"
            + " echo \"{\\\"epoch\\\":1,\\\"loss\\\":0.7,\\\"objective\\\":0.7,\\\"checkpoint\\\":"
            + "\\\"c\\\"}\" >>$m; exit 0' TERM;"
            + " echo '{\"epoch\":1,\"share\":0.5,\"loss\":0.9}' >>$m;"
            + " while :; do sleep 0.1; done";
    TrialRequest request = request("storm", script, "256MB");
    Interruption now = new Interruption();
    Consumer<TrialProgress> stopper =
        progress -> {
          if (progress.loss() > 0) {
            now.request();
          }
        };
    assertThatThrownBy(() -> trainer(now).fit(request, stopper))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED))
        .hasMessageContaining("asked to stop at step 1");
    TrialResult resumed = trainer(new Interruption()).fit(request, NOBODY);
    assertThat(resumed.epochs()).isEqualTo(2);
    assertThat(resumed.bestEpoch()).isEqualTo(2);
  }

  @Test
  void fit_ofAProgramThatWantsTooMuch_saysMemory() {
    assertThatThrownBy(
            () ->
                trainer(new Interruption())
                    .fit(request("memory", "x=aaaaaaaa; while :; do x=$x$x; done", "64MB"), NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("memory: 64MB (expected: more, ");
  }

  @Test
  void fit_ofAProgramThatFailsOrIsNotThere_saysWhy() {
    assertThatThrownBy(
            () ->
                trainer(new Interruption())
                    .fit(request("fails", "echo to out; echo to err >&2; exit 3", "64MB"), NOBODY))
        .hasMessageContaining("image: " + IMAGE + " ended with 3 (expected: 0)")
        .hasMessageContaining("to out")
        .hasMessageContaining("to err");
    TrialRequest absent =
        request("absent", Map.of("image", IMAGE, "command", List.of("/no/such/program")));
    assertThatThrownBy(() -> trainer(new Interruption()).fit(absent, NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("image: " + IMAGE + " does not start (expected: ");
  }

  private FamilyTrainer trainer(Interruption interruption) {
    return new FamilyTrainer(store, work.resolve("scratch"), "node", interruption);
  }

  private TrialRequest request(String run, String script, String memory) {
    ByteBuffer scores = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    while (scores.hasRemaining()) {
      scores.putFloat(0.5f);
    }
    Base64.Encoder base64 = Base64.getEncoder();
    return request(
        run,
        Map.of(
            "image",
            IMAGE,
            "command",
            List.of("/bin/sh", "-c", script),
            "env",
            List.of(
                "MODEL=" + base64.encodeToString(LogisticGraph.of(new double[2])),
                "SCORES=" + base64.encodeToString(scores.array())),
            "memory",
            memory,
            "cpus",
            0.5,
            "arg-depth",
            7));
  }

  private TrialRequest request(String run, Map<String, Object> parameters) {
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        Task.BINARY,
        halves,
        new CandidateSpec("container", parameters),
        "log-loss",
        5,
        Duration.ofHours(1));
  }

  private static String run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? out.strip() : "";
    } catch (java.io.IOException e) {
      return "";
    }
  }
}
