package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalComputeIT extends ComputeContract {
  @TempDir Path work;

  @Override
  protected ComputeActivities adapter() {
    return new LocalCompute(
        launch(), work.resolve("nodes"), SleepingNode.class.getName(), List.of());
  }

  @Override
  protected String kind() {
    return "local";
  }

  @Override
  protected void kill(Node node) {
    LocalProcess.of(node.id()).running().orElseThrow().destroyForcibly();
  }

  @Test
  void launch_afterTheLauncherDiedBeforeItsFile_takesTheProcessOver() throws Exception {
    ComputeActivities.LaunchRequest request =
        new ComputeActivities.LaunchRequest(
            new io.millrace.workflows.ref.RunRef("sample-1", "sample", null),
            "orphan-" + ProcessHandle.current().pid(),
            "q",
            "local",
            1,
            null,
            null,
            null);
    Node node = adapter().launch(request);
    ProcessHandle process = LocalProcess.of(node.id()).running().orElseThrow();
    // setsid has become java
    while (!LocalProcess.arguments(process).getFirst().endsWith("java")) {
      Thread.sleep(5);
    }
    try (var files = Files.list(work.resolve("nodes"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        Files.delete(file);
      }
    }
    assertThat(adapter().launch(request).id()).isEqualTo(node.id());
    adapter().terminate(node);
  }

  @Test
  void running_ofAReusedPid_isEmpty() {
    LocalProcess me = LocalProcess.of(ProcessHandle.current());
    assertThat(me.running()).isPresent();
    assertThat(new LocalProcess(me.pid(), me.startedMillis() - 60_000).running()).isEmpty();
    assertThat(LocalProcess.of(me.id())).isEqualTo(me);
  }

  private JavaLaunch launch() {
    return new JavaLaunch(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        System.getProperty("java.class.path"),
        List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
        Map.of(),
        work.resolve("logs"));
  }
}
