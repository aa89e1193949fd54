package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer sees first of spot training, Docker and nothing else. */
final class SpotQuickstartIT {
  @TempDir Path home;

  @Test
  void spotQuickstart_losesTwoNodes_andSaysWhatThatCost() {
    try (LocalMachine machine = new LocalMachine(home)) {
      LocalMachine.Answer run =
          machine.cli(Duration.ofMinutes(9), "quickstart", "--spot", "--json");

      assertThat(run.exit()).as(run.err() + run.out()).isZero();
      JsonNode shown = run.json();
      assertThat(shown.path("outcome").asText()).isEqualTo("DEPLOYED");
      assertThat(shown.path("interruptions").path("withNotice").asInt()).isEqualTo(1);
      assertThat(shown.path("interruptions").path("withoutNotice").asInt()).isEqualTo(1);
      assertThat(shown.path("nodes").asInt()).isEqualTo(3);
      assertThat(shown.path("stepsRepeated").asLong()).isLessThan(shown.path("steps").asLong() / 2);
      assertThat(shown.path("costs").path("spot").asDouble()).isPositive();
      assertThat(shown.path("costs").path("saved").asDouble()).isPositive();
      assertThat(shown.path("answered").asInt()).isPositive();
      assertThat(Path.of(shown.path("report").asText())).isRegularFile();
      assertThat(run.err()).contains("LocalStack: starting it in Docker", "takes the first node");
      // nothing of it runs on
      assertThat(machine.processes("TrainerMain")).isEmpty();
      assertThat(machine.processes("WorkerMain")).isEmpty();
      assertThat(machine.processes("temporal")).isEmpty();
      assertThat(Files.exists(home.resolve("spot/pipeline.yaml"))).isTrue();
    }
  }

  @Test
  void spotQuickstart_withoutItsImage_saysHowToGetIt() {
    try (LocalMachine machine = new LocalMachine(home)) {
      LocalMachine.Answer run =
          machine.cli(
              Duration.ofMinutes(2), "quickstart", "--spot", "--image", "millrace/nothing:0");

      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err())
          .contains(
              "image: millrace/nothing:0 (expected: in Docker; infra/local/images/image localstack"
                  + " pulls or builds it")
          .doesNotContain("Exception");
    }
  }

  @Test
  void spotQuickstart_withoutDocker_saysWhatToDo() {
    try (LocalMachine machine = new LocalMachine(home)) {
      LocalMachine.Answer run =
          machine.cli(
              java.util.Map.of("DOCKER_HOST", "tcp://127.0.0.1:9"),
              Duration.ofMinutes(2),
              "quickstart",
              "--spot",
              "--json");

      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.json().path("error").asText())
          .contains(
              "docker: no engine answers", "infra/local/images/start-docker.sh", "--emulator");
    }
  }

  @Test
  void spotQuickstart_thatIsEmbedded_isBadInput() {
    try (LocalMachine machine = new LocalMachine(home)) {
      LocalMachine.Answer both =
          machine.cli(Duration.ofMinutes(2), "quickstart", "--spot", "--embedded");

      assertThat(both.exit()).isEqualTo(2);
      assertThat(both.err()).contains("--spot, --embedded: both (expected: one of the two)");
    }
  }
}
