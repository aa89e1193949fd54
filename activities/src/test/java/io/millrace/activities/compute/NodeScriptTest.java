package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.ref.RunRef;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script runs here against a store in a folder; the trainer's place is taken by an echo. */
class NodeScriptTest {
  @TempDir Path work;

  @Test
  void script_fetchesTheTrainerOnce_checksIt_andStartsIt() throws Exception {
    FileStore store = new FileStore(work.resolve("store"));
    TrainerPackage trainer = trainer(store, "the library");
    Ran first = run(script(trainer.listed(), store.uri()));
    assertThat(first.log())
        .contains("trainer: 2 files fetched")
        .contains("-Xmx300m")
        .contains(
            "io.millrace.infra.worker.TrainerMain --task-queue q --node it's-1 --pool"
                + " ComputePool:sample-1 --threads 3 --store "
                + store.uri())
        .contains("--imds true")
        .contains("greeting=hello 'world'")
        .contains("omp=3");
    assertThat(first.exit()).isZero();
    assertThat(run(script(trainer.listed(), store.uri())).log())
        .contains("trainer: 0 files fetched");
    assertThat(store.list("trainers/" + trainer.published().digest())).hasSize(1);
  }

  @Test
  void script_withAFileThatIsNotWhatItShouldBe_startsNothing() throws Exception {
    FileStore store = new FileStore(work.resolve("store"));
    TrainerPackage.Listed listed = trainer(store, "the library").listed();
    for (String key : store.list("trainers/jars/")) {
      if (key.endsWith("lib.jar")) {
        store.put(key, "something else".getBytes(StandardCharsets.UTF_8));
      }
    }
    Ran ran = run(script(listed, store.uri()));
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.log()).contains("trainer: lib.jar (expected: sha256 ").doesNotContain("Main");
  }

  @Test
  void script_withAListOfAnotherTrainer_startsNothing() throws Exception {
    FileStore store = new FileStore(work.resolve("store"));
    URI link = trainer(store, "the library").listed().link();
    Ran ran = run(script(new TrainerPackage.Listed("0".repeat(64), link), store.uri()));
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.log()).contains("(expected: " + "0".repeat(64) + ")");
  }

  @Test
  void of_moreThanEc2Takes_isConfigInvalid_andSecretsAreRefused() {
    assertThatThrownBy(
            () ->
                NodeScript.of(
                    request(),
                    settings("# " + "x".repeat(NodeScript.LIMIT_BYTES)),
                    "file:/s",
                    new TrainerPackage.Listed("d", URI.create("file:///l")),
                    Duration.ofHours(1)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("(expected: < 16384)");
    assertThatThrownBy(
            () ->
                Ec2Settings.emulated(
                    "ami-1", "", Map.of("TEMPORAL_API_KEY", "x"), Duration.ofSeconds(1)))
        .hasMessage(
            "ec2.environment: TEMPORAL_API_KEY (expected: no secret, as user data is readable;"
                + " fetch it in ec2.setup)");
  }

  private TrainerPackage trainer(FileStore store, String library) throws IOException {
    Path jar = Files.writeString(work.resolve("lib.jar"), library);
    Path classes = Files.createDirectories(work.resolve("classes"));
    Files.writeString(classes.resolve("A.class"), "a class");
    return new TrainerPackage(
        store, jar + File.pathSeparator + classes + File.pathSeparator + "/gone", work);
  }

  private static LaunchRequest request() {
    return new LaunchRequest(
        new RunRef("sample-1", "sample", null), "it's-1", "q", "ec2", 3, null, null, null);
  }

  private static Ec2Settings settings(String setup) {
    Ec2Settings plain =
        Ec2Settings.emulated(
            "ami-1", "300m", Map.of("GREETING", "hello 'world'"), Duration.ofSeconds(1));
    return new Ec2Settings(
        plain.image(),
        null,
        plain.subnets(),
        plain.securityGroups(),
        null,
        plain.rootDevice(),
        Map.of(),
        plain.heap(),
        plain.environment(),
        setup,
        plain.poll());
  }

  private static String script(TrainerPackage.Listed listed, String storeUri) {
    String script = NodeScript.of(request(), settings(""), storeUri, listed, Duration.ofHours(1));
    assertThat(script.length()).isLessThan(NodeScript.LIMIT_BYTES);
    return script;
  }

  private record Ran(int exit, String log) {}

  private Ran run(String script) throws Exception {
    Path java = work.resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        [ "$1" = -version ] && { echo 'openjdk version "25.0.1"'; exit; }
        echo "$@"
        echo "greeting=$GREETING omp=$OMP_NUM_THREADS"
        """);
    java.toFile().setExecutable(true);
    Path file = Files.writeString(work.resolve("user-data.sh"), script);
    Path log = work.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("MILLRACE_MARKET", "true");
    builder.environment().put("MILLRACE_JAVA", java.toString());
    builder.environment().put("MILLRACE_NODE_CACHE", work.resolve("cache").toString());
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(log));
  }
}
